// A small device for the tests of the server: a configuration space, a BAR 0 of 64 KiB whose page
// at 0x1000 is shared, DMA, and four MSI-X interrupts. A doorbell in the shared page makes it write
// to the DMA address in its other word and raise interrupt 0.
#pragma once

#include <algorithm>
#include <array>
#include <map>
#include <utility>
#include <vector>

#include <unistd.h>

#include "bulkhead/base/mapping.hpp"
#include "bulkhead/base/shared_words.hpp"

#include "model/device.hpp"

namespace bulkhead::model {

class FakeDevice final : public Device {
 public:
  static constexpr uint64_t bar_size = 65536;
  static constexpr uint64_t page_offset = 0x1000;
  static constexpr size_t doorbell = 0x18;     ///< in the shared page
  static constexpr size_t dma_address = 0x20;  ///< in the shared page
  static constexpr uint64_t dma_pattern = 0x0123'4567'89AB'CDEF;
  static constexpr uint32_t interrupts = 4;

  FakeDevice() {
    config_[0] = std::byte{0x86};
    config_[1] = std::byte{0x80};
  }

  [[nodiscard]] Region region(uint32_t index) const override {
    constexpr uint32_t both = vfio_user::region_flag_read | vfio_user::region_flag_write;
    if (index == 0)
      return {.size = bar_size,
              .flags = both,
              .shared = file_.get(),
              .mappable = {{.offset = page_offset, .size = 4096}}};
    if (index == vfio_user::region_config)
      return {.size = config_.size(), .flags = both, .shared = -1, .mappable = {}};
    if (index == 2)
      return {.size = 4096, .flags = vfio_user::region_flag_read, .shared = -1, .mappable = {}};
    return {};
  }

  Result<> read_region(uint32_t index, uint64_t offset, std::span<std::byte> data) override {
    if (index == 2) return fail(ErrorCode::io, "reads of BAR 2 fail");
    const auto from = index == 0 ? bar_.bytes() : std::span{config_};
    std::ranges::copy(from.subspan(offset, data.size()), data.begin());
    return {};
  }
  Result<> write_region(uint32_t index, uint64_t offset, std::span<const std::byte> data) override {
    const auto to = index == 0 ? bar_.bytes() : std::span{config_};
    std::ranges::copy(data, to.subspan(offset, data.size()).begin());
    return {};
  }

  [[nodiscard]] uint32_t interrupt_count(uint32_t kind) const override {
    return kind == vfio_user::irq_msix ? interrupts : 0;
  }
  void set_interrupt(uint32_t, uint32_t number, OwnedFd eventfd) override {
    eventfds_.at(number) = std::move(eventfd);
  }

  Result<> map_dma(uint64_t address, uint64_t size, uint32_t, OwnedFd fd,
                   uint64_t fd_offset) override {
    Mapping memory;
    if (fd) {
      BULKHEAD_TRY(check_sealed_memory(fd.get(), fd_offset, Bytes{size}));
      BULKHEAD_TRY_ASSIGN(memory, Mapping::map(fd.get(), fd_offset, Bytes{size}));
    }
    dma_.emplace(address, std::move(memory));
    return {};
  }
  Result<> unmap_dma(uint64_t address, uint64_t) override {
    dma_.erase(address);
    return {};
  }
  void unmap_all_dma() override { dma_.clear(); }

  void reset() override { ++resets; }
  void disconnected() override {
    ++disconnects;
    dma_.clear();
    eventfds_ = {};
  }

  bool work() override {
    const auto page = bar_.bytes().subspan(page_offset, 4096);
    if (shared::load_acquire<uint32_t>(page, doorbell) == 0) return false;
    shared::store_relaxed<uint32_t>(page, doorbell, 0);
    const auto target = dma_.find(shared::load_relaxed<uint64_t>(page, dma_address));
    if (target == dma_.end() || target->second.bytes().empty()) return true;
    shared::store_release<uint64_t>(target->second.bytes(), 0, dma_pattern);
    const uint64_t one = 1;
    if (eventfds_[0]) static_cast<void>(!::write(eventfds_[0].get(), &one, sizeof(one)));
    return true;
  }
  [[nodiscard]] int wake_fd() const override { return -1; }

  [[nodiscard]] size_t dma_count() const { return dma_.size(); }
  [[nodiscard]] int64_t assigned_interrupts() const {
    return std::ranges::count_if(eventfds_, [](const OwnedFd& fd) { return fd.get() >= 0; });
  }

  int resets = 0;
  int disconnects = 0;

 private:
  OwnedFd file_ = *create_sealed_memory("bar0", Bytes{bar_size}, PageSize::small_4k);
  Mapping bar_ = *Mapping::map(file_.get(), 0, Bytes{bar_size});
  std::array<std::byte, 256> config_{};
  std::array<OwnedFd, interrupts> eventfds_;
  std::map<uint64_t, Mapping> dma_;
};

}  // namespace bulkhead::model
