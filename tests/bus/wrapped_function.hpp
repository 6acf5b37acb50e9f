// A function that passes everything on to another one: what is to be different is overridden.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bulkhead/bus/function.hpp"

namespace bulkhead::bus {

class WrappedFunction : public Function {
 public:
  explicit WrappedFunction(std::shared_ptr<Function> whole) : whole_(std::move(whole)) {}

  [[nodiscard]] const std::string& name() const override { return whole_->name(); }
  [[nodiscard]] Bytes region_size(RegionId region) const override {
    return whole_->region_size(region);
  }
  Result<> read(RegionId region, uint64_t offset, std::span<std::byte> data) override {
    return whole_->read(region, offset, data);
  }
  Result<> write(RegionId region, uint64_t offset, std::span<const std::byte> data) override {
    return whole_->write(region, offset, data);
  }
  Result<BarPages> map_bar(RegionId bar, Bytes offset, Bytes length) override {
    return whole_->map_bar(bar, offset, length);
  }
  Result<BarFile> bar_file(RegionId bar, Bytes offset, Bytes length) override {
    return whole_->bar_file(bar, offset, length);
  }
  Result<Iova> map_dma(const memory::Region& memory) override { return whole_->map_dma(memory); }
  Result<> unmap_dma(Iova address, Bytes length) override {
    return whole_->unmap_dma(address, length);
  }
  [[nodiscard]] memory::Placement placement() const override { return whole_->placement(); }
  [[nodiscard]] uint32_t interrupt_count(InterruptKind kind) const override {
    return whole_->interrupt_count(kind);
  }
  Result<> set_interrupts(InterruptKind kind, uint32_t first,
                          std::span<const int> eventfds) override {
    return whole_->set_interrupts(kind, first, eventfds);
  }
  Result<> set_intx_unmask(int eventfd) override { return whole_->set_intx_unmask(eventfd); }
  Result<> reset() override { return whole_->reset(); }
  Result<> check_alive() override { return whole_->check_alive(); }
  [[nodiscard]] std::vector<int> descriptors() const override { return whole_->descriptors(); }

 private:
  std::shared_ptr<Function> whole_;
};

}  // namespace bulkhead::bus
