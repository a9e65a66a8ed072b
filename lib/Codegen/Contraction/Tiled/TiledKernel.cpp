//===- TiledKernel.cpp - contractions by register tiles -------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TiledKernel.h"
#include "TileChoice.h"
#include "TileEmitter.h"
#include "TiledEmission.h"
#include "llvm/Support/xxhash.h"
#include <numeric>

using namespace narrow;
using namespace narrow::codegen;
using mlir::VectorType;

/// Cuts the channels of a group into panels: as many of the widest as fit, what
/// is left padded to 16. The cut depends on the op alone, never on the level.
static SmallVector<PanelGroup> cutPanels(const TiledShape &shape) {
  SmallVector<PanelGroup> groups;
  bool oneRow = shape.images * shape.rows * shape.cols == 1;
  int64_t first = 0, padded = llvm::alignTo(shape.channels, 16);
  for (int64_t width : {oneRow ? 128 : 64, 64, 32, 16}) {
    int64_t count = (padded - first) / width;
    if (count)
      groups.push_back({first, count, width, width});
    first += count * width;
  }
  groups.back().stored -= padded - shape.channels;
  return groups;
}

TiledKernel::TiledKernel(TiledShape shape, RequantForm form, ByteForm bytes,
                         WeightStorage storage,
                         std::optional<ResidualAdd> residual)
    : shape(shape), form(form), bytes(bytes), storage(storage),
      residual(residual), panels(cutPanels(shape)),
      block(form, shape.groups * slotsPerGroup()) {
  if (storage.hasBlocks())
    pieces = BlockPieces::get(shape, storage.getBlock());
}

int64_t TiledKernel::slotsPerGroup() const {
  return llvm::alignTo(shape.channels, 16);
}

int64_t TiledKernel::weightBytesPerGroup() const {
  return shape.runs() * storage.storedSteps(shape.steps()) * slotsPerGroup() *
         shape.weightGroup();
}

int64_t TiledKernel::multipliersAt() const {
  return llvm::alignTo(
      storage.headBytes() + shape.groups * weightBytesPerGroup(), 64);
}

std::string TiledKernel::description() const {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << shape.images << ',' << shape.imageA << ',' << shape.imageO << ','
     << shape.groups << ',' << shape.groupA << ',' << shape.rows << ','
     << shape.rowA << ',' << shape.rowO << ',' << shape.cols << ','
     << shape.pixelA << ',' << shape.pixelO << ',' << shape.originA << ','
     << shape.originO << ',' << shape.run << ',' << shape.group << ','
     << shape.channels << ',' << shape.bytesA << ',' << shape.bytesO << ','
     << bytes.key() << ',' << form.key() << (order ? ",ordered" : "");
  if (storage.isPacked())
    os << ',' << storage.key();
  if (shape.tileStep)
    os << ",step" << shape.tileStep;
  if (shape.hasWords())
    os << ",words" << shape.weightBytes << ',' << shape.longLoops;
  for (const TiledShape::Loop &loop : shape.kernel)
    os << ',' << loop.count << 'x' << loop.stride;
  if (residual)
    os << ',' << shape.imageR << ',' << shape.rowR << ',' << shape.pixelR << ','
       << shape.originR << ',' << (residual->inPlace ? 0 : shape.bytesR) << ','
       << residual->key();
  if (lookup)
    os << ',' << lookup->key();
  return text;
}

std::string TiledKernel::name() const {
  return "contract_" +
         llvm::utohexstr(llvm::xxh3_64bits(description()), /*LowerCase=*/true);
}

SmallVector<int64_t> TiledKernel::argumentBytes() const {
  // A kernel without products still has an argument for weights.
  int64_t weightBytes = std::max<int64_t>(
      64, storage.headBytes() + shape.groups * weightBytesPerGroup());
  if (pieces)
    weightBytes = multipliersAt() + shape.groups * multiplierBytesPerGroup();
  int64_t parameterBytes =
      block.bytes + (residual ? ResidualAdd::kBlockBytes : 0);
  SmallVector<int64_t> sizes = {shape.bytesA, weightBytes, parameterBytes};
  if (order)
    sizes.push_back(order->bytes);
  sizes.push_back(shape.bytesO);
  if (hasOwnResidual())
    sizes.push_back(shape.bytesR);
  if (lookup)
    sizes.push_back(lookup->constantBytes());
  return sizes;
}

std::vector<char> TiledKernel::orderSteps(const ContractionData &data,
                                          double &safeShare) {
  // Pairs of 4 bits fit, whatever multiplies their sums.
  if (storage.hasBlocks()) {
    safeShare = 1;
    bytes.pairSafe = true;
    return {};
  }
  StepOrder candidate(shape, slotsPerGroup());
  std::array<int64_t, StepOrder::kPartners> safeSteps;
  std::vector<char> packed = candidate.pack(data, safeSteps);
  int64_t total = candidate.steps * candidate.lists;
  int64_t anySafe = std::accumulate(safeSteps.begin(), safeSteps.end(), 0L);
  safeShare = total ? double(anySafe) / total : 1;
  bytes.pairSafe = safeSteps[0] == total;
  // A safe step takes about a third less time, half of that where its bytes are
  // shuffled; the two loops whose lengths the
  // data decide cost some mispredicted branches for each tile, as much as ten
  // safe steps gain (measured). One row of a product waits for its weights,
  // which it reads in the order of memory. Steps that share bytes are read one
  // after the other.
  constexpr double kLeastSafeSteps = 12;
  bool oneRow = shape.images * shape.rows * shape.cols == 1;
  double gain = (safeSteps[0] + anySafe) / 2.0;
  if (bytes.pairSafe || storage.isPacked() ||
      gain < kLeastSafeSteps * candidate.lists || oneRow ||
      !candidate.isPossible())
    return {};
  order = candidate;
  return packed;
}

std::vector<char> TiledKernel::packWeights(const ContractionData &data) const {
  std::vector<char> packed(storage.headBytes() +
                               shape.groups * weightBytesPerGroup(),
                           storage.getPadding());
  storage.packHead(packed.data());
  int64_t depth = shape.group / shape.inputBytes; // Of a step.
  int64_t inRun = shape.run / shape.inputBytes;
  char *at = packed.data() + storage.headBytes(); // The bytes of a run.
  for (int64_t group = 0; group < shape.groups; ++group)
    for (const PanelGroup &cut : panels)
      for (int64_t panel = 0; panel < cut.count; ++panel)
        for (int64_t run = 0; run < shape.runs(); ++run) {
          int64_t stepBytes = cut.width * shape.weightGroup();
          int64_t first = cut.first + panel * cut.width;
          int64_t count = std::min(cut.width, shape.channels - first);
          for (int64_t k = 0; k < inRun; ++k) {
            int64_t step = k / depth;
            char *bytes = at + step / storage.stepsPerByte() * stepBytes +
                          k % depth * shape.weightBytes;
            for (int64_t c = 0; c < count; ++c, bytes += shape.weightGroup()) {
              int64_t channel = group * shape.channels + first + c;
              int32_t weight = data.weight(channel, run * inRun + k);
              storage.insert(
                  bytes[0],
                  weight / storage.getMultiplier(channel, run * inRun + k),
                  step);
              for (int64_t byte = 1; byte < shape.weightBytes; ++byte)
                bytes[byte] = char(weight >> 8 * byte);
            }
          }
          at += storage.storedSteps(shape.steps()) * stepBytes;
        }
  packed.resize(std::max<size_t>(64, packed.size()));
  if (pieces)
    appendMultipliers(packed);
  return packed;
}

void TiledKernel::appendMultipliers(std::vector<char> &packed) const {
  packed.resize(multipliersAt() + shape.groups * multiplierBytesPerGroup());
  for (int64_t group = 0; group < shape.groups; ++group)
    for (const PanelGroup &cut : panels)
      for (int64_t panel = 0; panel < cut.count; ++panel) {
        int64_t first = cut.first + panel * cut.width;
        pieces->pack(shape, storage, group * shape.channels + first,
                     std::min(cut.width, shape.channels - first), cut.width,
                     packed.data() + multipliersAt() +
                         group * multiplierBytesPerGroup() +
                         first * pieces->pairs());
      }
}

SmallVector<int64_t> TiledKernel::channelsOfSlots() const {
  SmallVector<int64_t> channels(block.slots, -1);
  for (int64_t group = 0; group < shape.groups; ++group)
    for (int64_t c = 0; c < shape.channels; ++c)
      channels[group * slotsPerGroup() + c] = group * shape.channels + c;
  return channels;
}

std::vector<char> TiledKernel::addLookup(EpilogueLookup op) {
  lookup = std::move(op);
  lookup->arrange(channelsOfSlots());
  return lookup->pack();
}

std::vector<char> TiledKernel::packParameters(const ContractionData &data,
                                              ArrayRef<int32_t> bias) const {
  SmallVector<int64_t> channels = channelsOfSlots();
  std::vector<char> packed = block.fill(form, data, bias, channels, channels);
  if (residual)
    llvm::append_range(packed, residual->pack());
  return packed;
}

std::vector<char> TiledKernel::packParameters(const ContractionData &data,
                                              ArrayRef<int64_t> bias) const {
  SmallVector<int64_t> channels = channelsOfSlots();
  return block.fill(form, data, bias, channels, channels);
}

TiledKernel::Split TiledKernel::chooseSplit(const Target &target) const {
  int64_t work = shape.images * shape.groups * shape.rows * shape.cols *
                 shape.channels * shape.runs() * shape.run / shape.inputBytes;
  if (work < kMinSharedMacs)
    return {};
  // The widest panels hold most channels.
  const PanelGroup &cut = panels.front();
  TileSize tile =
      chooseTile(shape, chooseVectors(shape, cut.width, target), target);
  int64_t rounds = shape.rows > 1 ? llvm::divideCeil(shape.rows, tile.rows)
                                  : llvm::divideCeil(shape.cols, tile.cols);
  Split splits[] = {{Split::Axis::Panels, cut.count},
                    {Split::Axis::Pixels, rounds},
                    {Split::Axis::Images, shape.images}};
  // The part of the threads' time that is work, summed over some counts.
  auto balance = [](int64_t units) {
    double sum = 0;
    for (int64_t threads : {2, 4, 8})
      sum += double(units) / (threads * llvm::divideCeil(units, threads));
    return sum;
  };
  return *llvm::max_element(splits, [&](const Split &a, const Split &b) {
    return balance(a.units) < balance(b.units);
  });
}

int64_t TiledKernel::parallelUnits(const Target &target) const {
  return chooseSplit(target).units;
}

bool TiledKernel::hasSmallerTile(const Target &target) const {
  TileSize tile = chooseTile(
      shape, chooseVectors(shape, panels.front().width, target), target);
  return tile.rows * tile.cols > 1;
}

int64_t TiledKernel::getScratchBytes(const Target &target) const {
  // Vectors of 512 bits multiply on the ports that shift and mask: what is
  // unpacked for every tile anew costs a quarter of the time (counted). A few
  // tiles would not earn back the stores, and what leaves the first caches is
  // better read packed.
  constexpr int64_t kLeastTiles = 4, kMostBytes = 64 << 10;
  bool sharesUnits = target.dot == DotKind::VpDpBusd && target.lanes() >= 16;
  bool looksUpSlowly =
      storage.hasTable() && (!target.shufflesBytes() || target.emulated);
  if (!storage.isPacked() || !(sharesUnits || looksUpSlowly))
    return 0;
  TileSize vectors = chooseVectors(shape, panels.front().width, target);
  TileSize tile = chooseTile(shape, vectors, target);
  int64_t tiles = llvm::divideCeil(shape.rows, tile.rows) *
                  llvm::divideCeil(shape.cols, tile.cols);
  int64_t bytes = PanelScratch::countBytes(shape, vectors.channels());
  return tiles < kLeastTiles || bytes > kMostBytes ? 0 : bytes;
}

void TiledKernel::emitBody(OpBuilder &builder, Location loc,
                           ValueRange arguments, const Target &target) const {
  TileEmitter e(builder, loc);
  Split split = chooseSplit(target);
  ValueRange units = arguments.drop_front(argumentBytes().size());
  auto share = [&](Split::Axis axis) -> std::optional<TileEmitter::Share> {
    if (units.empty() || split.axis != axis)
      return std::nullopt;
    return TileEmitter::Share{units[0], units[1], split.units};
  };
  TiledEmission emission(e, shape, form, block, bytes, storage, residual,
                         lookup, order, arguments, target,
                         share(Split::Axis::Pixels));
  if (int64_t bytes = getScratchBytes(target))
    emission.unpackInto(PanelScratch(e, bytes));
  int64_t outputBytes = residual ? residual->outputBytes : form.outputBytes;
  auto panelShare = share(Split::Axis::Panels);
  e.loop(share(Split::Axis::Images), 0, shape.images, 1, [&](Value image) {
    e.loop(0, shape.groups, 1, [&](Value group) {
      Value atA =
          e.add(e.add(e.mul(image, shape.imageA), e.mul(group, shape.groupA)),
                shape.originA);
      Value atO = e.add(e.add(e.mul(image, shape.imageO),
                              e.mul(group, shape.channels * outputBytes)),
                        shape.originO);
      Value atR;
      if (residual)
        atR =
            e.add(e.add(e.mul(image, shape.imageR),
                        e.mul(group, shape.channels * residual->residualBytes)),
                  shape.originR);
      Value slot = e.mul(group, slotsPerGroup());
      Value weights =
          e.add(e.mul(group, weightBytesPerGroup()), storage.headBytes());
      int64_t before = 0;
      for (const PanelGroup &cut : panels) {
        TileSize whole = chooseVectors(shape, cut.width, target);
        // Tiles of one panel, side by side.
        auto tiles = [&](Value panel, int64_t begin, int64_t end,
                         const TileSize &vectors, int64_t stored) {
          e.loop(begin, end, vectors.channels(), [&](Value channel) {
            Value c = e.add(e.add(e.mul(panel, cut.width), channel), cut.first);
            Value at =
                e.add(weights, e.add(e.add(e.mul(panel, panelBytes(cut)),
                                           e.mul(channel, shape.weightGroup())),
                                     before));
            Value ownR =
                atR ? e.add(atR, e.mul(c, residual->residualBytes)) : Value();
            if (pieces)
              emission.setMultipliers(
                  {*pieces, arguments[1],
                   e.add(e.add(e.mul(e.add(slot, e.add(e.mul(panel, cut.width),
                                                       cut.first)),
                                     pieces->pairs()),
                               channel),
                         multipliersAt()),
                   cut.width});
            emission.pixels(atA, e.add(atO, e.mul(c, outputBytes)), ownR, at,
                            shape.weightGroup() * cut.width, e.add(slot, c),
                            vectors, stored);
          });
        };
        int64_t wholePanels =
            cut.stored == cut.width ? cut.count : cut.count - 1;
        e.loop(panelShare, 0, wholePanels, 1, [&](Value panel) {
          tiles(panel, 0, cut.width, whole, whole.channels());
        });
        // A partly stored panel's tiles differ.
        if (wholePanels != cut.count)
          e.loop(panelShare, wholePanels, cut.count, 1, [&](Value panel) {
            for (int64_t c = 0; c < cut.stored;) {
              TileSize vectors =
                  chooseLastVectors(whole, cut.stored - c, target);
              int64_t channels = vectors.channels();
              tiles(panel, c, c + channels, vectors,
                    std::min(channels, cut.stored - c));
              c += channels;
            }
          });
        before += cut.count * panelBytes(cut);
      }
    });
  });
}
