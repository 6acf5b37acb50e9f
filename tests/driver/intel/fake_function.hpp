// A PCIe function of plain memory: what the driver wrote, and reads that a test scripts.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bulkhead/base/bytes.hpp"
#include "bulkhead/bus/function.hpp"
#include "bulkhead/driver/intel/bar.hpp"

namespace bulkhead::intel {

class FakeFunction final : public bus::Function {
 public:
  [[nodiscard]] const std::string& name() const override { return name_; }
  [[nodiscard]] Bytes region_size(bus::RegionId /*region*/) const override { return size; }
  Result<> read(bus::RegionId /*region*/, uint64_t offset, std::span<std::byte> data) override {
    if (gone) return fail(ErrorCode::device_gone, "the fake is gone");
    if (const auto reader = on_read.find(offset); reader != on_read.end())
      registers[offset] = reader->second();
    const auto bytes = to_bytes(registers[offset]);
    std::ranges::copy(std::span{bytes}.first(data.size()), data.begin());
    return {};
  }
  Result<> write(bus::RegionId /*region*/, uint64_t offset,
                 std::span<const std::byte> data) override {
    if (gone) return fail(ErrorCode::device_gone, "the fake is gone");
    registers[offset] = from_bytes<uint32_t>(data);
    writes.emplace_back(offset, registers[offset]);
    return {};
  }
  Result<bus::BarPages> map_bar(bus::RegionId, Bytes, Bytes) override { return unsupported(); }
  Result<Iova> map_dma(const memory::Region&) override { return unsupported(); }
  Result<> unmap_dma(Iova, Bytes) override { return {}; }
  [[nodiscard]] uint32_t interrupt_count(bus::InterruptKind) const override { return 0; }
  Result<> set_interrupts(bus::InterruptKind, uint32_t, std::span<const int>) override {
    return unsupported();
  }
  Result<> reset() override { return {}; }
  Result<> check_alive() override { return {}; }

  Bytes size{bar_size};
  bool gone = false;
  std::map<uint64_t, uint32_t> registers;
  std::map<uint64_t, std::function<uint32_t()>> on_read;
  std::vector<std::pair<uint64_t, uint32_t>> writes;

 private:
  static std::unexpected<Error> unsupported() {
    return fail(ErrorCode::unsupported, "the fake has registers only");
  }
  std::string name_ = "fake";
};

/// A fake and the driver's view of its BAR.
struct FakeBar {
  std::shared_ptr<FakeFunction> function = std::make_shared<FakeFunction>();
  Bar bar = *Bar::open(function, bus::RegionId::bar0);
};

}  // namespace bulkhead::intel
