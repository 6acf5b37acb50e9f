// Receive side scaling (datasheet 7.1.2.8).
#pragma once

#include <cstdint>
#include <span>

#include "bulkhead/base/error.hpp"
#include "bulkhead/driver/ixgbe/registers.hpp"
#include "bulkhead/driver/rss.hpp"

namespace bulkhead::ixgbe {

/// Spreads frames over `queues` queue pairs; with one, all go there. Before the receive unit is
/// enabled. Errors: as set_indirection_table().
Result<> set_up_rss(Bar& bar, const driver::Rss& rss, uint32_t queues);

/// May be changed while frames arrive. RETA has 128 entries of four bits: a smaller table is
/// repeated. Errors: `invalid_argument` for a size that 128 is no multiple of, and for a queue pair
/// beyond `queues` or the sixteenth.
Result<> set_indirection_table(Bar& bar, std::span<const QueueId> table, uint32_t queues);

}  // namespace bulkhead::ixgbe
