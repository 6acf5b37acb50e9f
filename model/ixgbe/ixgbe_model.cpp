#include "model/ixgbe/ixgbe_model.hpp"

#include <algorithm>
#include <numeric>
#include <span>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bulkhead/base/bits.hpp"
#include "bulkhead/base/bytes.hpp"
#include "bulkhead/bus/vfio_user/protocol.hpp"

#include "model/ixgbe/registers.hpp"
#include "model/wires/reflect.hpp"

namespace bulkhead::model::ixgbe {
namespace {

constexpr uint32_t bar4 = 4;
constexpr uint32_t queue_page = 4096;
constexpr uint32_t hlreg0_loopback = bit(15);
/// Mapped queue registers change without a message, so they are looked at again now and then.
constexpr uint32_t turns_between_refreshes = 256;
constexpr uint32_t idle_turns_between_refreshes = 16;

uint64_t sum_of(const QueueCounts& counts) {
  return std::accumulate(counts.begin(), counts.end(), uint64_t{0});
}

/// Queues that nothing has passed are told if one behind them has been used.
std::string up_to_the_last(const QueueCounts& counts) {
  size_t used = counts.size();
  while (used > 0 && counts.at(used - 1) == 0) --used;
  return fmt::format("{}", fmt::join(std::span{counts}.first(used), ","));
}

}  // namespace

Ixgbe::Ixgbe(const Options& options, RegisterFile registers, std::unique_ptr<Wire> wire)
    : options_(options),
      wire_(std::move(wire)),
      registers_(std::move(registers)),
      config_(options.device_id),
      eeprom_(options.mac),
      interrupts_(registers_),
      rx_({registers_, dma_, wire_.get(), statistics_, interrupts_, trouble_}, options.spread),
      tx_({registers_, dma_, wire_.get(), statistics_, interrupts_, trouble_}) {
  reset_registers();
  wire_->set_port_address(options.mac);
}

Region Ixgbe::region(uint32_t index) const {
  constexpr uint32_t both = vfio_user::region_flag_read | vfio_user::region_flag_write;
  if (index == 0 && options_.trap)
    return {.size = bar0_size, .flags = both, .shared = -1, .mappable = {}};
  if (index == 0)
    return {.size = bar0_size,
            .flags = both,
            .shared = registers_.fd(),
            .mappable = {{.offset = reg::RX_QUEUE, .size = queue_page},
                         {.offset = reg::TX_QUEUE, .size = queue_page}}};
  if (index == bar4)
    return {.size = msix_table_.size(), .flags = both, .shared = -1, .mappable = {}};
  if (index == vfio_user::region_config)
    return {.size = ConfigSpace::size, .flags = both, .shared = -1, .mappable = {}};
  return {};
}

/// The server has checked ranges; a model that is driven otherwise checks for itself.
static Result<> check_range(uint64_t region_size, uint64_t offset, size_t length) {
  if (offset <= region_size && length <= region_size - offset) return {};
  return fail(ErrorCode::invalid_argument,
              fmt::format("{} bytes at {:#x} of a region of {:#x}", length, offset, region_size));
}

Result<> Ixgbe::read_region(uint32_t index, uint64_t offset, std::span<std::byte> data) {
  BULKHEAD_TRY(check_range(region(index).size, offset, data.size()));
  if (index == 0) {
    read_bar0(offset, data);
  } else if (index == bar4) {
    std::ranges::copy(std::span{msix_table_}.subspan(offset, data.size()), data.begin());
  } else if (index == vfio_user::region_config) {
    config_.read(offset, data);
  }
  return {};
}

Result<> Ixgbe::write_region(uint32_t index, uint64_t offset, std::span<const std::byte> data) {
  BULKHEAD_TRY(check_range(region(index).size, offset, data.size()));
  if (index == 0) {
    write_bar0(offset, data);
  } else if (index == bar4) {
    std::ranges::copy(data, std::span{msix_table_}.subspan(offset, data.size()).begin());
  } else if (index == vfio_user::region_config) {
    if (config_.write(offset, data)) reset();
  }
  refresh_soon();
  return {};
}

uint32_t Ixgbe::interrupt_count(uint32_t kind) const {
  return Interrupts::count(kind);
}

void Ixgbe::set_interrupt(uint32_t kind, uint32_t number, OwnedFd eventfd) {
  interrupts_.set_eventfd(kind, number, std::move(eventfd));
}

Result<> Ixgbe::map_dma(uint64_t address, uint64_t size, uint32_t flags, OwnedFd fd,
                        uint64_t fd_offset) {
  refresh_soon();
  return dma_.map(address, size, flags, std::move(fd), fd_offset);
}

Result<> Ixgbe::unmap_dma(uint64_t address, uint64_t size) {
  rx_.forget();
  tx_.forget();
  refresh_soon();
  return dma_.unmap(address, size);
}

void Ixgbe::unmap_all_dma() {
  rx_.forget();
  tx_.forget();
  refresh_soon();
  dma_.clear();
}

void Ixgbe::reset_registers() {
  registers_.reset();
  statistics_.reset();
  interrupts_.reset();
  tx_.reset();
  const auto& mac = options_.mac;
  registers_.set(reg::RAL, little_endian(from_bytes<uint32_t>(mac)));
  registers_.set(reg::RAH, little_endian(from_bytes<uint16_t>(std::span{mac}.subspan(4))) |
                               uint32_t{1} << 31U);
  // Of the eight thresholds only the first begins above zero, so the book cannot say it.
  registers_.set(reg::TXPBTHRESH, 0x96);
  // AUTOC.LMS: 10G serial for SFP+, the backplane's autonegotiation for the others.
  if (options_.has_cage())
    registers_.set(reg::AUTOC, (registers_.get(reg::AUTOC) & ~0xE000U) | 0x6000U);
  rx_.forget();
  tx_.forget();
  refresh_soon();
}

void Ixgbe::reset() {
  reset_registers();
  config_.reset();
  msix_table_ = {};
}

void Ixgbe::disconnected() {
  reset();
  unmap_all_dma();
  interrupts_.drop_eventfds();
}

void Ixgbe::look_at_link() {
  const bool up = wire_->link_up();
  if (std::exchange(link_up_, up) != up) interrupts_.link_changed();
}

/// HLREG0.LPBK turns what is sent around before it reaches the wire (8.2.3.22.8).
void Ixgbe::plug() {
  const bool turn_around = (registers_.get(reg::HLREG0) & hlreg0_loopback) != 0;
  if (turn_around == (loopback_ != nullptr)) return;
  if (turn_around) {
    loopback_ = std::make_unique<Reflect>();
  } else {
    loopback_.reset();
  }
  Wire& wire = turn_around ? *loopback_ : *wire_;
  rx_.plug(wire);
  tx_.plug(wire);
}

void Ixgbe::refresh() {
  look_at_link();
  plug();
  dma_allowed_ = may_do_dma();
  if (!dma_allowed_) {
    rx_.forget();
    tx_.forget();
    return;
  }
  rx_.refresh();
  tx_.refresh();
}

bool Ixgbe::work() {
  if (turns_to_refresh_ == 0) {
    refresh();
    turns_to_refresh_ = turns_between_refreshes;
  }
  --turns_to_refresh_;
  bool busy = rx_.turn();
  if (link_up_ && dma_allowed_) busy |= tx_.turn();
  if (interrupts_.delayed()) {
    interrupts_.send_delayed();
    busy = true;
  }
  if (!busy) turns_to_refresh_ = std::min(turns_to_refresh_, idle_turns_between_refreshes);
  return busy;
}

std::string Ixgbe::report() const {
  std::string first;
  for (const auto& text : trouble_.first())
    first += fmt::format(R"({}"{}")", first.empty() ? "" : ",", text);
  return fmt::format(
      R"({{"frames_in":{},"frames_out":{},"frames_in_by_queue":[{}],"frames_out_by_queue":[{}],)"
      R"("filtered":{},"no_descriptor":{},"tx_dropped":{},)"
      R"("dma_violations":{},"malformed_descriptors":{},"unknown_registers":{},)"
      R"("offloads_ignored":{},"partial_accesses":{},"dma_ranges":{},"trouble":[{}],"wire":{}}})",
      sum_of(rx_.delivered()), sum_of(tx_.sent()), up_to_the_last(rx_.delivered()),
      up_to_the_last(tx_.sent()), rx_.filtered(), rx_.no_descriptor(), tx_.dropped(),
      trouble_.dma_violations, trouble_.malformed_descriptors, trouble_.unknown_registers,
      trouble_.offloads_ignored, trouble_.partial_accesses, dma_.range_count(), first,
      wire_->report());
}

Result<std::unique_ptr<Ixgbe>> make_ixgbe(const Options& options, std::unique_ptr<Wire> wire) {
  if (!wire) return fail(ErrorCode::invalid_argument, "a NIC model needs a wire");
  BULKHEAD_TRY_ASSIGN(RegisterFile registers, RegisterFile::create());
  return std::make_unique<Ixgbe>(options, std::move(registers), std::move(wire));
}

}  // namespace bulkhead::model::ixgbe
