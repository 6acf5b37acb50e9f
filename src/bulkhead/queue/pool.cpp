#include "bulkhead/queue/pool.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace bulkhead::queue {
namespace {

constexpr uint32_t most_buffers = 1U << 20U;
/// Two bundles: a pool that has no room for one, has one to give up.
constexpr uint32_t smallest_share = 2 * Depot::bundle;
constexpr Bytes smallest_buffer = 1_KiB;
constexpr Bytes largest_buffer = 16_KiB;

// A stride that is a multiple of 4 KiB, or half of it, would put the first line of every frame into
// the same few sets of the L1 cache; one line more, the headroom, spreads them over all sets.
constexpr uint32_t stride_of(Bytes buffer_size) {
  return static_cast<uint32_t>(round_up(buffer_size, 64_B).value()) + Buffers::headroom;
}

/// Every physical page may be an extent of its own, whose last buffer, and first, are cut.
Bytes memory_for(const Pool::Options& options, uint32_t stride) {
  if (options.placement == memory::Placement::anywhere) return Bytes{stride} * options.buffers;
  const size_t in_a_page = (2_MiB).value() / stride - 1;
  return 2_MiB * ((options.buffers + in_a_page - 1) / in_a_page);
}

/// The slots of `count` buffers that no extent's end cuts. The first ones to be taken, at the end,
/// are those with the lowest addresses.
std::vector<Slot> slots_inside(std::span<const memory::Extent> extents, uint32_t stride,
                               uint32_t count) {
  std::vector<Slot> slots;
  for (const auto& extent : extents) {
    const uint64_t end = extent.offset + extent.length;
    for (uint64_t begin = extent.offset; begin + stride <= end && slots.size() < count;
         begin += stride)
      slots.push_back(Slot{static_cast<uint32_t>(begin / Buffers::slot_unit)});
  }
  std::ranges::reverse(slots);
  return slots;
}

static_assert(memory::largest_spread / Buffers::slot_unit - 1 <= ~uint32_t{0});
static_assert(most_buffers * uint64_t{stride_of(largest_buffer)} <= memory::largest_spread);

}  // namespace

static Result<> check(const Pool::Options& options) {
  if (options.buffers == 0 || options.buffers > most_buffers)
    return fail(ErrorCode::invalid_argument, fmt::format("a pool of {} buffers", options.buffers),
                fmt::format("take 1 to {}", most_buffers));
  if (options.buffer_size < smallest_buffer || options.buffer_size > largest_buffer)
    return fail(ErrorCode::invalid_argument,
                fmt::format("a pool's buffers of {} bytes", options.buffer_size.value()),
                fmt::format("take {} to {}", smallest_buffer.value(), largest_buffer.value()));
  return {};
}

/// Memory for all of them, and their slots.
struct Pool::Made {
  std::shared_ptr<const memory::Region> region;
  std::vector<Slot> free;
};

Result<Pool::Made> Pool::make(const Options& options) {
  BULKHEAD_TRY(check(options));
  const uint32_t stride = stride_of(options.buffer_size);
  BULKHEAD_TRY_ASSIGN(
      auto region, memory::Region::allocate_in_extents("bulkhead-pool", memory_for(options, stride),
                                                       options.placement));
  auto free = slots_inside(region.extents(), stride, options.buffers);
  return Made{std::make_shared<const memory::Region>(std::move(region)), std::move(free)};
}

Result<std::shared_ptr<Pool>> Pool::create(Options options) {
  BULKHEAD_TRY_ASSIGN(auto made, make(options));
  return std::shared_ptr<Pool>{
      new Pool{std::move(made.region), options, std::move(made.free), nullptr}};
}

Result<std::vector<std::shared_ptr<Pool>>> Pool::create_for_cores(Options options, uint32_t cores) {
  if (cores == 0 || cores > most_cores)
    return fail(ErrorCode::invalid_argument, fmt::format("pools for {} cores", cores),
                fmt::format("take 1 to {}", most_cores));
  if (options.buffers < smallest_share || options.buffers > most_buffers / cores)
    return fail(ErrorCode::invalid_argument,
                fmt::format("{} pools of {} buffers", cores, options.buffers),
                fmt::format("take {} to {} for each", smallest_share, most_buffers / cores));
  const uint32_t share = options.buffers;
  options.buffers *= cores;
  BULKHEAD_TRY_ASSIGN(const auto made, make(options));
  const auto depot = std::make_shared<Depot>(options.buffers, cores);
  std::vector<std::shared_ptr<Pool>> pools;
  for (uint32_t core = 0; core < cores; ++core) {
    const auto own = std::span{made.free}.subspan(size_t{core} * share, share);
    pools.push_back(std::shared_ptr<Pool>{
        new Pool{made.region, options, std::vector(own.begin(), own.end()), depot}});
  }
  return pools;
}

Result<std::shared_ptr<Pool>> Pool::adopt(OwnedFd memory, Bytes size, Options options) {
  BULKHEAD_TRY(check(options));
  options.placement = memory::Placement::anywhere;
  const uint32_t stride = stride_of(options.buffer_size);
  if (size < memory_for(options, stride))
    return fail(ErrorCode::invalid_argument,
                fmt::format("{} bytes for a pool of {} buffers of {}", size.value(),
                            options.buffers, options.buffer_size.value()));
  BULKHEAD_TRY_ASSIGN(auto region, memory::Region::adopt(std::move(memory), size));
  auto free = slots_inside(region.extents(), stride, options.buffers);
  return std::shared_ptr<Pool>{new Pool{std::make_shared<const memory::Region>(std::move(region)),
                                        options, std::move(free), nullptr}};
}

Pool::Pool(std::shared_ptr<const memory::Region> region, const Options& options,
           std::vector<Slot> free, std::shared_ptr<Depot> depot)
    : region_(std::move(region)),
      buffers_(region_->bytes(), static_cast<uint32_t>(options.buffer_size.value())),
      free_(std::move(free)),
      available_(static_cast<uint32_t>(free_.size())),
      depot_(std::move(depot)) {}

Pool::~Pool() {
  if (depot_ == nullptr) return;
  for (auto left = next_free(available_); !left.empty();) {
    const auto now = left.first(std::min<size_t>(left.size(), Depot::bundle));
    depot_->put(now);
    left = left.subspan(now.size());
  }
}

void Pool::give(std::span<const Slot> slots) {
  while (!slots.empty()) {
    const auto now = slots.first(std::min<size_t>(slots.size(), Depot::bundle));
    if (free_.size() - available_ < now.size()) [[unlikely]]
      spill();
    std::ranges::copy(now, std::span{free_}.subspan(available_).first(now.size()).begin());
    available_ += static_cast<uint32_t>(now.size());
    slots = slots.subspan(now.size());
  }
}

/// Gets bundles from what other threads gave up, until `count` slots are here; not beyond what this
/// pool has room for.
[[gnu::noinline]] bool Pool::fetch(uint32_t count) {
  while (depot_ != nullptr && available_ < count && available_ + Depot::bundle <= free_.size()) {
    const auto room = std::span{free_}.subspan(available_).first<Depot::bundle>();
    const uint32_t fetched = depot_->take(room);
    if (fetched == 0) break;
    available_ += fetched;
  }
  return available_ >= count;
}

/// Gives a bundle up to other threads. That no pool has room for what it is given, is its caller's
/// mistake if it is the only one.
[[gnu::noinline]] void Pool::spill() {
  require(depot_ != nullptr);
  depot_->put(std::span{free_}.first(available_).last<Depot::bundle>());
  available_ -= Depot::bundle;
}

}  // namespace bulkhead::queue
