"""What is prepared once: quantised models, by the contents they come from."""
import hashlib
import os


class Cache:
    """Files below one directory. What failed is remembered as well."""

    def __init__(self, folder):
        self.folder = os.path.abspath(folder)
        os.makedirs(folder, exist_ok=True)

    def get(self, name, extension, key, make):
        """Returns the path of a file that `make(path)` writes, unless it is there.

        `key` is all that the contents depend on (bytes or text). Raises
        RuntimeError with the reason if making it failed, now or before.
        """
        digest = hashlib.sha256(key if isinstance(key, bytes) else key.encode()).hexdigest()[:16]
        path = os.path.join(self.folder, f"{name}-{digest}{extension}")
        if os.path.exists(path + ".failed"):
            with open(path + ".failed") as file:
                raise RuntimeError(file.read())
        if not os.path.exists(path):
            partial = os.path.join(self.folder, f"partial-{os.getpid()}{extension}")
            try:
                make(partial)
            except NotImplementedError:  # Cheap to find out again, and no failure.
                raise
            except Exception as error:
                with open(path + ".failed", "w") as file:
                    file.write(str(error).strip().split("\n")[0][:200])
                raise RuntimeError(str(error).strip().split("\n")[0][:200]) from error
            companions = {".xml": ".bin"}
            if other := companions.get(extension):
                os.replace(partial[:-len(extension)] + other, path[:-len(extension)] + other)
            os.replace(partial, path)
        return path
