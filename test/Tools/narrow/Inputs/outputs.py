"""What the lit shell cannot express of outputs.test: streams that are full or closed, links to them, signals."""
import glob
import os
import signal
import subprocess
import time

COMPILE = "narrow compile m.onnx.txt --stats s.json --target x86-64 -o f.o"


def shell(command):
    run = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
    return run.returncode, run.stdout, run.stderr


def refuses(command, text):
    code, _, errors = shell(command)
    assert code == 1, (command, code, errors)
    assert [line for line in errors.splitlines() if line.startswith("error: ")] == ["error: " + text], errors
    assert not glob.glob("f.*"), command


refuses(COMPILE + " > /dev/full", "cannot write to the standard output: no space left on device")
refuses(COMPILE + " >&-", "cannot write to the standard output: it is closed")
refuses(COMPILE + " --report /dev/full", "cannot write '/dev/full': no space left on device")
refuses("narrow inspect m.onnx.txt > /dev/full", "cannot write to the standard output: no space left on device")

# A link to the standard output is written through, and so is a file that the shell opened by its name.
os.symlink("/proc/self/fd/1", "out.json")
for report in "out.json", "/dev/stdout", "sink.txt":
    code, _, errors = shell(COMPILE + f" --report {report} > sink.txt")
    assert code == 0, errors
    assert '"weight_bytes"' in open("sink.txt").read(), report
assert os.path.islink("out.json")

# A signal leaves nothing that is temporary, neither files nor folders.
os.makedirs("scratch")
environment = dict(os.environ, TMPDIR=os.path.abspath("scratch"))
for number in signal.SIGINT, signal.SIGTERM:
    for delay in 0.05, 0.15, 0.3:
        process = subprocess.Popen(
            "narrow verify m.onnx.txt --calib calib.npy --eval calib.npy --isa scalar,avx2".split(),
            env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        time.sleep(delay)
        process.send_signal(number)
        assert process.wait() in (-number, 0, 1), process.returncode
        assert not os.listdir("scratch"), (number, delay, os.listdir("scratch"))
