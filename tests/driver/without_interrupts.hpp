// A function of any bus, without its interrupts: as on a bus that has none.
#pragma once

#include <memory>

#include "bulkhead/bus/function.hpp"

namespace bulkhead::driver {

class WithoutInterrupts final : public bus::Function {
 public:
  explicit WithoutInterrupts(std::shared_ptr<bus::Function> whole) : whole_(std::move(whole)) {}

  [[nodiscard]] const std::string& name() const override { return whole_->name(); }
  [[nodiscard]] Bytes region_size(bus::RegionId region) const override {
    return whole_->region_size(region);
  }
  Result<> read(bus::RegionId region, uint64_t offset, std::span<std::byte> data) override {
    return whole_->read(region, offset, data);
  }
  Result<> write(bus::RegionId region, uint64_t offset, std::span<const std::byte> data) override {
    return whole_->write(region, offset, data);
  }
  Result<bus::BarPages> map_bar(bus::RegionId bar, Bytes offset, Bytes length) override {
    return whole_->map_bar(bar, offset, length);
  }
  Result<Iova> map_dma(const memory::Region& memory) override { return whole_->map_dma(memory); }
  Result<> unmap_dma(Iova address, Bytes length) override {
    return whole_->unmap_dma(address, length);
  }
  [[nodiscard]] uint32_t interrupt_count(bus::InterruptKind /*kind*/) const override { return 0; }
  Result<> set_interrupts(bus::InterruptKind /*kind*/, uint32_t /*first*/,
                          std::span<const int> /*eventfds*/) override {
    return fail(ErrorCode::unsupported, "there are no interrupts");
  }
  Result<> reset() override { return whole_->reset(); }
  Result<> check_alive() override { return whole_->check_alive(); }

 private:
  std::shared_ptr<bus::Function> whole_;
};

}  // namespace bulkhead::driver
