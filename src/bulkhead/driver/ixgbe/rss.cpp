#include "bulkhead/driver/ixgbe/rss.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

namespace bulkhead::ixgbe {
namespace {

using regs::Value;

constexpr uint32_t entries_per_register = 4;
constexpr uint32_t entries = RETA::count * entries_per_register;
constexpr uint32_t most_rss_queues = 16;
/// MRQC.MRQE: RSS alone (8.2.3.7.12).
constexpr uint32_t rss_alone = 0b0001;

Result<> check_table(std::span<const QueueId> table, uint32_t queues) {
  if (table.empty() || entries % table.size() != 0)
    return fail(ErrorCode::invalid_argument,
                fmt::format("an indirection table of {} entries", table.size()),
                fmt::format("take a power of two up to {}", entries));
  const auto most = std::min(queues, most_rss_queues);
  for (const QueueId queue : table)
    if (value_of(queue) >= most)
      return fail(ErrorCode::invalid_argument,
                  fmt::format("queue pair {} in an indirection table", value_of(queue)),
                  fmt::format("there are 0 to {}", most - 1));
  return {};
}

std::vector<QueueId> all_in_turn(uint32_t queues) {
  std::vector<QueueId> table(entries);
  for (uint32_t i = 0; i < entries; ++i)
    table[i] = QueueId{static_cast<uint16_t>(i % std::min(queues, most_rss_queues))};
  return table;
}

/// The key's first byte is the first register's lowest (8.2.3.7.14).
void set_key(Bar& bar, const driver::RssKey& key) {
  for (uint32_t i = 0; i < RSSRK::count; ++i) {
    uint32_t word = 0;
    for (uint32_t byte = 0; byte < 4; ++byte) word |= uint32_t{key[i * 4 + byte]} << byte * 8;
    bar.write(i, Value<RSSRK>{word});
  }
}

}  // namespace

Result<> set_indirection_table(Bar& bar, std::span<const QueueId> table, uint32_t queues) {
  BULKHEAD_TRY(check_table(table, queues));
  for (uint32_t i = 0; i < RETA::count; ++i) {
    uint32_t word = 0;
    for (uint32_t n = 0; n < entries_per_register; ++n)
      word |= uint32_t{value_of(table[(i * entries_per_register + n) % table.size()])} << n * 8;
    bar.write(i, Value<RETA>{word});
  }
  return bar.health();
}

Result<> set_up_rss(Bar& bar, const driver::Rss& rss, uint32_t queues) {
  if (queues == 1) {
    bar.write(Value<MRQC>{});  // no RSS, no virtualization: queue 0
    return bar.health();
  }
  set_key(bar, rss.key);
  BULKHEAD_TRY(
      set_indirection_table(bar, rss.table.empty() ? all_in_turn(queues) : rss.table, queues));
  bar.write(mrqc::MRQE(rss_alone) | mrqc::TCP_IPV4() | mrqc::IPV4() | mrqc::IPV6() |
            mrqc::TCP_IPV6());
  return bar.health();
}

}  // namespace bulkhead::ixgbe
