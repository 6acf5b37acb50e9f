#include "model/ixgbe/config_space.hpp"

#include <algorithm>

#include "bulkhead/base/bytes.hpp"

namespace bulkhead::model::ixgbe {
namespace {

constexpr size_t command = 0x04;
constexpr size_t power_management = 0x40;
constexpr size_t power_control = power_management + 4;
constexpr std::byte power_state_d0{0};
constexpr std::byte power_state_d3{3};
constexpr size_t msi = 0x50;
constexpr size_t msix = 0x70;
constexpr size_t express = 0xA0;
constexpr size_t express_device_control = express + 8;

}  // namespace

ConfigSpace::ConfigSpace(uint16_t device_id) : device_id_(device_id) {
  reset();
}

void ConfigSpace::put16(size_t offset, uint16_t value, uint16_t writable) {
  std::ranges::copy(to_bytes(value), std::span{bytes_}.subspan(offset, 2).begin());
  std::ranges::copy(to_bytes(writable), std::span{writable_}.subspan(offset, 2).begin());
}

void ConfigSpace::put32(size_t offset, uint32_t value, uint32_t writable) {
  std::ranges::copy(to_bytes(value), std::span{bytes_}.subspan(offset, 4).begin());
  std::ranges::copy(to_bytes(writable), std::span{writable_}.subspan(offset, 4).begin());
}

void ConfigSpace::reset() {
  bytes_ = {};
  writable_ = {};
  put16(0x00, 0x8086);
  put16(0x02, device_id_);
  put16(command, 0, 0x0547);
  put16(0x06, 0x0010);      // status: there is a capability list
  put32(0x08, 0x02000001);  // class: Ethernet controller; revision 1
  put32(0x0C, 0, 0x000000FF);
  // BAR 0: 128 KiB of 64-bit memory. The address bits below the size stay zero, which is how
  // software finds the size.
  put32(0x10, 0x4, ~uint32_t{128 * 1024 - 1});
  put32(0x14, 0, 0xFFFFFFFF);
  // BAR 4: 16 KiB, the MSI-X table and its pending bits.
  put32(0x20, 0x4, ~uint32_t{16 * 1024 - 1});
  put32(0x24, 0, 0xFFFFFFFF);
  put16(0x2C, 0x8086);
  put16(0x2E, 0x0003);
  put16(0x34, power_management);
  put16(0x3C, 0x0100, 0x00FF);  // interrupt pin A; the line is software's
  put_capabilities();
}

void ConfigSpace::put_capabilities() {
  put16(power_management, 0x0001 | msi << 8U);
  put16(power_management + 2, 0x0003);
  put16(power_control, 0x0000, 0x0003);  // No_Soft_Reset is 0: a return from D3 resets

  put16(msi, 0x0005 | msix << 8U);
  put16(msi + 2, 0x0080, 0x0001);  // one vector, 64-bit address
  put32(msi + 4, 0, 0xFFFFFFFC);
  put32(msi + 8, 0, 0xFFFFFFFF);
  put16(msi + 12, 0, 0xFFFF);

  put16(msix, 0x0011 | express << 8U);
  put16(msix + 2, msix_vectors - 1, 0xC000);
  put32(msix + 4, 0x00000004);  // table: BAR 4, offset 0
  put32(msix + 8, 0x00002004);  // pending bits: BAR 4, offset 0x2000

  put16(express, 0x0010);
  put16(express + 2, 0x0002);      // version 2, endpoint
  put32(express + 4, 0x10008CC2);  // function-level reset, 512-byte payloads
  put16(express_device_control, 0x2810, 0xFFFF);
  put32(express + 12, 0x00000082);  // x8, 5 GT/s
  put16(express + 16, 0, 0x01FB);
  put16(express + 18, 0x1082);
  put32(express + 36, 0x0000001F);  // completion timeout ranges
  put16(express + 40, 0, 0x001F);
}

void ConfigSpace::read(uint64_t offset, std::span<std::byte> data) const {
  std::ranges::copy(std::span{bytes_}.subspan(offset, data.size()), data.begin());
}

bool ConfigSpace::write(uint64_t offset, std::span<const std::byte> data) {
  const bool was_asleep = power_state() == power_state_d3;
  const auto old = std::span{bytes_}.subspan(offset, data.size());
  const auto changeable = std::span{writable_}.subspan(offset, data.size());
  for (size_t i = 0; i < data.size(); ++i)
    old[i] = (old[i] & ~changeable[i]) | (data[i] & changeable[i]);
  // Initiate Function Level Reset reads as zero always (PCIe 3.0, 7.8.4).
  auto& high = bytes_[express_device_control + 1];
  const bool reset_asked = (high & std::byte{0x80}) != std::byte{0};
  high &= std::byte{0x7F};
  const bool woken = was_asleep && power_state() == power_state_d0;
  return reset_asked || woken;
}

std::byte ConfigSpace::power_state() const {
  return bytes_[power_control] & std::byte{0x03};
}

bool ConfigSpace::may_do_dma() const {
  const bool master = (bytes_[command] & std::byte{0x04}) != std::byte{0};
  return master && power_state() == power_state_d0;
}

}  // namespace bulkhead::model::ixgbe
