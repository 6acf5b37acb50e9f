#include "bulkhead/confine/compartment/deal.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

namespace bulkhead::confine {
namespace {

constexpr uint32_t control_place = 0;
constexpr uint32_t wake_place = 1;
constexpr uint32_t own_places = 2;

uint32_t add(Share& share, int fd) {
  share.descriptors.push_back(fd);
  return static_cast<uint32_t>(own_places + share.descriptors.size() - 1);
}

void add_pool(Share& share, const queue::Pool& pool) {
  share.job.pools.push_back({.size = pool.region().size().value(),
                             .buffer_size = pool.buffer_size(),
                             .buffers = pool.capacity(),
                             .descriptor = add(share, pool.region().fd())});
}

/// The pages of a port that a worker gets, where it looks for them by numbers of its own.
class Pages {
 public:
  Pages(Share& share, const std::vector<bus::BarFile>& files)
      : share_(share), files_(files), places_(files.size()) {}

  /// The worker's number for the port's page.
  uint32_t number_of(uint32_t page) {
    if (!places_[page]) {
      places_[page] = static_cast<uint32_t>(parts_.size());
      const auto& file = files_[page];
      parts_.push_back({.file_offset = file.file_offset,
                        .length = file.length.value(),
                        .descriptor = add(share_, file.fd.get())});
    }
    return *places_[page];
  }
  std::vector<PagePart> take() { return std::move(parts_); }

 private:
  Share& share_;
  const std::vector<bus::BarFile>& files_;
  std::vector<std::optional<uint32_t>> places_;
  std::vector<PagePart> parts_;
};

void add_port(Share& share, const driver::QueuePlans& plans, const std::vector<uint32_t>& pairs) {
  PortPart port{.rings_size = plans.rings_size.value(),
                .rings = add(share, plans.rings.get()),
                .pages = {},
                .pairs = {}};
  Pages pages{share, plans.pages};
  for (const uint32_t pair : pairs) {
    PairPart part{
        .plan = plans.pairs[pair], .pool = static_cast<uint32_t>(port.pairs.size()), .event = 0};
    for (auto* ring : {&part.plan.rx, &part.plan.tx}) ring->page = pages.number_of(ring->page);
    if (!plans.events.empty()) {
      part.plan.has_event = 1;
      part.event = add(share, plans.events[pair].get());
    }
    port.pairs.push_back(part);
  }
  port.pages = pages.take();
  share.job.ports.push_back(std::move(port));
}

}  // namespace

Result<> check_workers(uint32_t workers, size_t pairs) {
  if (workers >= 1 && workers <= pairs) return {};
  return fail(ErrorCode::invalid_argument,
              fmt::format("{} workers for {} queue pair{}", workers, pairs, pairs == 1 ? "" : "s"),
              "each worker runs at least one pair: ask for as many queues, or for fewer workers");
}

Result<> check_pools(std::span<const std::shared_ptr<queue::Pool>> pools) {
  for (size_t i = 0; i < pools.size(); ++i)
    for (size_t other = 0; other < i; ++other)
      if (pools[i]->shares_memory_with(*pools[other]))
        return fail(ErrorCode::invalid_argument,
                    fmt::format("the pools of queue pairs {} and {} are in one memory", other, i),
                    "make one for each pair");
  return {};
}

Share deal(const Supplies& supplies, uint32_t number, uint32_t workers) {
  Share share;
  share.job.options = supplies.options;
  share.job.options.control = control_place;
  share.job.options.wake = wake_place;
  share.job.work = supplies.work;
  std::vector<uint32_t> pairs;
  for (uint32_t pair = number; pair < supplies.pools.size(); pair += workers) pairs.push_back(pair);
  if (auto* netdev = std::get_if<NetdevWork>(&share.job.work))
    for (const uint32_t pair : pairs)
      netdev->queues.push_back(add(share, supplies.interfaces[pair].get()));
  for (const uint32_t pair : pairs) add_pool(share, *supplies.pools[pair]);
  for (const auto& port : supplies.ports) add_port(share, port, pairs);
  return share;
}

Result<> check_share(const Share& share) {
  const size_t descriptors = own_places + share.descriptors.size();
  size_t pages = 0;
  for (const auto& port : share.job.ports) pages = std::max(pages, port.pages.size());
  if (descriptors <= JobLimits::descriptors && pages <= JobLimits::pages) return {};
  return fail(ErrorCode::invalid_argument,
              fmt::format("{} queue pairs are too many for one worker: they take {} descriptors "
                          "(of at most {}) and {} pages of a device's registers (of at most {})",
                          share.job.pools.size(), descriptors, JobLimits::descriptors, pages,
                          JobLimits::pages),
              "share them between more workers (--workers), or take fewer queues");
}

}  // namespace bulkhead::confine
