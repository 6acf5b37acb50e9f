// A raw little driver for the 82599 model: registers through Device's interface, rings and buffers
// in shared memory that the model maps. It knows the datasheet and no code of the library's driver.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "bulkhead/base/bytes.hpp"
#include "bulkhead/base/mapping.hpp"
#include "bulkhead/base/shared_words.hpp"
#include "bulkhead/bus/vfio_user/protocol.hpp"

#include "model/ixgbe/ixgbe_model.hpp"

namespace bulkhead::model::ixgbe::test {

using Frame = std::vector<std::byte>;

inline constexpr uint32_t ctrl = 0x0, status = 0x8, eicr = 0x800, eims = 0x880, eimc = 0x888;
inline constexpr uint32_t rxctrl = 0x3000, hlreg0 = 0x4240, fctrl = 0x5080, dmatxctl = 0x4A80;
inline constexpr uint32_t rx0 = 0x1000, tx0 = 0x6000;
inline constexpr uint32_t r_base = 0x0, r_base_high = 0x4, r_length = 0x8, r_head = 0x10,
                          r_srrctl = 0x14, r_tail = 0x18, r_control = 0x28;
inline constexpr uint32_t enable = 1U << 25U;

/// A wire in the test's hands.
class FakeWire final : public Wire {
 public:
  std::span<const std::byte> peek() override {
    if (in.empty()) return {};
    return in.front();
  }
  void consume() override { in.pop_front(); }
  [[nodiscard]] bool can_wait() const override { return waits; }
  bool transmit(std::span<const std::byte> frame) override {
    if (out.size() >= room) return false;
    out.emplace_back(frame.begin(), frame.end());
    return true;
  }
  [[nodiscard]] bool link_up() override { return up; }

  std::deque<Frame> in;
  std::vector<Frame> out;
  size_t room = SIZE_MAX;
  bool waits = true;
  bool up = true;
};

/// A frame of `size` bytes to the model's own address, filled from `seed`.
inline Frame make_frame(size_t size, uint8_t seed = 1) {
  Frame frame(size);
  for (size_t i = 0; i < size; ++i) frame[i] = static_cast<std::byte>(i * 3 + seed);
  static constexpr std::array header{
      std::byte{0x02}, std::byte{0x42}, std::byte{0x68}, std::byte{0x00}, std::byte{0x00},
      std::byte{0x01}, std::byte{0x02}, std::byte{0x02}, std::byte{0x02}, std::byte{0x02},
      std::byte{0x02}, std::byte{0x02}, std::byte{0x88}, std::byte{0xB5}};
  std::ranges::copy(std::span{header}.first(std::min(size, header.size())), frame.begin());
  return frame;
}

class Harness {
 public:
  static constexpr uint64_t iova = 0x1'0000'0000;
  static constexpr size_t memory_size = size_t{4} * 1024 * 1024;
  static constexpr uint64_t rx_ring = 0, tx_ring = 0x40000, extra = 0x80000;
  static constexpr uint64_t buffers = 0x100000, tx_buffers = 0x300000;
  static constexpr uint64_t buffer_size = 2048;

  explicit Harness(Options options = {}) {
    auto fake = std::make_unique<FakeWire>();
    wire = fake.get();
    auto made = make_ixgbe(options, std::move(fake));
    EXPECT_TRUE(made);
    device = std::move(*made);
    fd_ = *create_sealed_memory("test memory", Bytes{memory_size}, PageSize::small_4k);
    mapping_ = *Mapping::map(fd_.get(), 0, Bytes{memory_size});
    constexpr auto both = vfio_user::dma_readable | vfio_user::dma_writeable;
    EXPECT_TRUE(device->map_dma(iova, memory_size, both, share(), 0));
    set_bus_master(true);
  }

  [[nodiscard]] OwnedFd share() const { return OwnedFd{::fcntl(fd_.get(), F_DUPFD_CLOEXEC, 0)}; }
  [[nodiscard]] std::span<std::byte> memory() const { return mapping_.bytes(); }

  uint32_t read(uint64_t offset) {
    std::array<std::byte, 4> data{};
    EXPECT_TRUE(device->read_region(0, offset, data));
    return std::bit_cast<uint32_t>(data);
  }
  void write(uint64_t offset, uint32_t value) {
    EXPECT_TRUE(device->write_region(0, offset, to_bytes(value)));
  }
  void set_bits(uint64_t offset, uint32_t bits) { write(offset, read(offset) | bits); }
  void set_bus_master(bool on) {
    EXPECT_TRUE(device->write_region(vfio_user::region_config, 4,
                                     to_bytes(static_cast<uint16_t>(on ? 6 : 0))));
  }

  uint64_t get64(uint64_t offset) const {
    return shared::load_acquire<uint64_t>(mapping_.bytes(), offset);
  }
  void put64(uint64_t offset, uint64_t value) const {
    shared::store_release<uint64_t>(mapping_.bytes(), offset, value);
  }
  Frame bytes_at(uint64_t offset, size_t size) const {
    const auto bytes = mapping_.bytes().subspan(offset, size);
    return {bytes.begin(), bytes.end()};
  }

  static uint64_t rx_ring_of(uint32_t queue) { return rx_ring + queue * 0x1000ULL; }
  static uint64_t tx_ring_of(uint32_t queue) { return tx_ring + queue * 0x1000ULL; }
  static uint64_t buffer_of(uint32_t slot) { return buffers + slot * buffer_size; }

  /// Enables an rx queue with every descriptor but one ready; SRRCTL's type is 1 for advanced.
  void start_rx(uint32_t queue = 0, uint32_t entries = 16, uint32_t type = 1,
                uint32_t kibibytes = 2) {
    const uint32_t block = queue < 64 ? rx0 + queue * 0x40 : 0xD000 + (queue - 64) * 0x40;
    for (uint32_t i = 0; i < entries; ++i) {
      put64(rx_ring_of(queue) + i * 16, iova + buffer_of(queue * 16 + i));
      put64(rx_ring_of(queue) + i * 16 + 8, 0);
    }
    const uint64_t base = iova + rx_ring_of(queue);
    write(block + r_base, static_cast<uint32_t>(base));
    write(block + r_base_high, static_cast<uint32_t>(base >> 32U));
    write(block + r_length, entries * 16);
    write(block + r_srrctl, kibibytes | type << 25U);
    write(block + r_control, enable);
    write(block + r_tail, entries - 1);
    set_bits(rxctrl, 1);
  }

  void start_tx(uint32_t queue = 0, uint32_t entries = 16) {
    const uint32_t block = tx0 + queue * 0x40;
    const uint64_t base = iova + tx_ring_of(queue);
    write(block + r_base, static_cast<uint32_t>(base));
    write(block + r_base_high, static_cast<uint32_t>(base >> 32U));
    write(block + r_length, entries * 16);
    set_bits(dmatxctl, 1);
    write(block + r_control, enable);
  }

  /// An advanced data descriptor: EOP, IFCS, RS and DEXT, unless told otherwise.
  void put_tx(uint32_t slot, uint64_t address, uint32_t length, uint32_t command = 0x2B300000,
              uint32_t queue = 0) {
    put64(tx_ring_of(queue) + slot * 16, address);
    put64(tx_ring_of(queue) + slot * 16 + 8, command | length);
  }
  /// Puts a frame into transmit buffer `slot` and a descriptor for it.
  void put_tx_frame(uint32_t slot, const Frame& frame, uint32_t command = 0x2B300000,
                    uint32_t queue = 0) {
    const uint64_t at = tx_buffers + slot * buffer_size;
    std::ranges::copy(frame, memory().subspan(at, frame.size()).begin());
    put_tx(slot, iova + at, static_cast<uint32_t>(frame.size()), command, queue);
  }
  void set_tx_tail(uint32_t tail, uint32_t queue = 0) { write(tx0 + queue * 0x40 + r_tail, tail); }

  uint64_t rx_status(uint32_t slot, uint32_t queue = 0) const {
    return get64(rx_ring_of(queue) + slot * 16 + 8);
  }
  uint64_t tx_status(uint32_t slot, uint32_t queue = 0) const {
    return get64(tx_ring_of(queue) + slot * 16 + 8);
  }
  static bool done(uint64_t rx_descriptor) { return (rx_descriptor & 1U) != 0; }
  static uint32_t length(uint64_t rx_descriptor) { return rx_descriptor >> 32U & 0xFFFFU; }

  void work(int turns = 4) {
    for (int i = 0; i < turns; ++i) device->work();
  }

  std::unique_ptr<Ixgbe> device;
  FakeWire* wire = nullptr;

 private:
  OwnedFd fd_;
  Mapping mapping_;
};

/// An eventfd whose other end the device gets.
class Event {
 public:
  Event() : fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}
  [[nodiscard]] OwnedFd share() const { return OwnedFd{::fcntl(fd_.get(), F_DUPFD_CLOEXEC, 0)}; }
  /// How often it was signalled since the last question.
  [[nodiscard]] uint64_t take() const {
    uint64_t count = 0;
    return ::read(fd_.get(), &count, sizeof count) == sizeof count ? count : 0;
  }

 private:
  OwnedFd fd_;
};

}  // namespace bulkhead::model::ixgbe::test
