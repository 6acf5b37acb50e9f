// A virtio network device of the test's own, in a thread: what QEMU's cannot be made to do.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <unistd.h>

#include "bulkhead/base/bytes.hpp"
#include "bulkhead/bus/function.hpp"
#include "bulkhead/driver/virtio/features.hpp"

#include "tests/driver/virtio/device_ring.hpp"
#include "tests/driver/virtio/fake_capabilities.hpp"
#include "tests/driver/virtio/frames.hpp"
#include "tests/qtest/doorbell_pages.hpp"

namespace bulkhead::virtio {

class FakeDevice final : public bus::Function {
 public:
  static constexpr uint64_t usual_features = feature::MAC | feature::MRG_RXBUF | feature::STATUS |
                                             feature::CTRL_VQ | feature::CTRL_RX | feature::MQ |
                                             feature::VERSION_1 | feature::ACCESS_PLATFORM;
  /// What the device does; set before the driver opens it.
  struct Behaviour {
    uint64_t features = usual_features;
    uint16_t queue_pairs = 4;
    uint16_t queue_size = 256;
    uint16_t mtu = 1500;
    uint16_t id = 0x1041;
    uint32_t notify_multiplier = 4;
    uint32_t vectors = 8;  ///< none: INTx instead
    uint8_t answer = 0;    ///< to commands; 0xFF is none
    bool takes_features = true;
    bool resets = true;
    bool takes_vectors = true;
    bool generation_changes = false;
    bool capabilities_end = true;
  } behaviour;

  using Command = std::vector<std::byte>;

  FakeDevice() {
    thread_ = std::thread{[this] { run(); }};
  }
  ~FakeDevice() override {
    stop_ = true;
    thread_.join();
  }

  [[nodiscard]] const std::string& name() const override { return name_; }
  [[nodiscard]] Bytes region_size(bus::RegionId region) const override {
    return region == bus::RegionId::config ? 256_B : region == bar ? Bytes{bar_size} : Bytes{};
  }
  Result<> read(bus::RegionId region, uint64_t offset, std::span<std::byte> data) override {
    const std::scoped_lock lock{mutex_};
    const auto value =
        to_bytes(region == bar ? read_bar(offset) : read_configuration_space(offset));
    std::ranges::copy(std::span{value}.first(data.size()), data.begin());
    return {};
  }
  Result<> write(bus::RegionId region, uint64_t offset, std::span<const std::byte> data) override {
    const std::scoped_lock lock{mutex_};
    std::array<std::byte, 8> bytes{};
    std::ranges::copy(data, bytes.begin());
    if (region == bar) write_bar(offset, from_bytes<uint64_t>(bytes));
    return {};
  }
  Result<bus::BarPages> map_bar(bus::RegionId region, Bytes offset, Bytes length) override {
    const std::scoped_lock lock{mutex_};
    return doorbells_.add(region, offset, length);
  }
  Result<Iova> map_dma(const memory::Region& memory) override {
    const std::scoped_lock lock{mutex_};
    const Iova address{next_address_};
    next_address_ += uint64_t{1} << 32U;
    memory_[address.value()] = memory.bytes();
    return address;
  }
  Result<> unmap_dma(Iova address, Bytes /*length*/) override {
    const std::scoped_lock lock{mutex_};
    memory_.erase(address.value());
    return {};
  }
  [[nodiscard]] uint32_t interrupt_count(bus::InterruptKind kind) const override {
    const bool line = kind == bus::InterruptKind::intx && behaviour.vectors == 0;
    return kind == bus::InterruptKind::msix ? behaviour.vectors : line ? 1 : 0;
  }
  Result<> set_interrupts(bus::InterruptKind /*kind*/, uint32_t first,
                          std::span<const int> eventfds) override {
    const std::scoped_lock lock{mutex_};
    for (size_t i = 0; i < eventfds.size(); ++i) events_.at(first + i) = eventfds[i];
    return {};
  }
  Result<> set_intx_unmask(int eventfd) override {
    const std::scoped_lock lock{mutex_};
    unmask_ = eventfd;
    return {};
  }
  Result<> reset() override { return {}; }
  Result<> check_alive() override { return {}; }

  // The test's side.

  /// A frame for an rx queue (numbered as virtio does); false if it has no buffer there.
  bool put(uint16_t number, const Frame& frame) {
    const std::scoped_lock lock{mutex_};
    auto& queue = queues_[number];
    if (!queue.ring || (status_ & 4U) == 0) return false;
    const auto buffer = queue.ring->take();
    if (!buffer) return false;
    const auto memory = at(buffer->pieces[0].address, 12 + frame.size());
    shared::store_relaxed<uint16_t>(memory, 10, 1);
    std::ranges::copy(frame, memory.subspan(12).begin());
    queue.ring->give(buffer->id, static_cast<uint32_t>(12 + frame.size()));
    if (!queue.ring->wants_interrupt()) return true;
    if (behaviour.vectors == 0) {
      fire_line();
    } else if (queue.vector != 0xFFFF) {
      signal(events_.at(queue.vector));
    }
    return true;
  }
  /// The frames that have come out of a tx queue.
  std::vector<Frame> take(uint16_t number) {
    const std::scoped_lock lock{mutex_};
    return std::exchange(out_[number], {});
  }
  std::vector<Command> commands() {
    const std::scoped_lock lock{mutex_};
    return commands_;
  }
  void set_status(uint8_t bits) {
    const std::scoped_lock lock{mutex_};
    status_ |= bits;
  }
  uint8_t status() {
    const std::scoped_lock lock{mutex_};
    return status_;
  }
  uint64_t driver_features() {
    const std::scoped_lock lock{mutex_};
    return driver_features_;
  }
  /// The link goes down.
  void unplug() {
    const std::scoped_lock lock{mutex_};
    link_ = 0;
  }

 private:
  static constexpr auto bar = bus::RegionId::bar4;
  static constexpr uint64_t notify_at = 0x1000;
  static constexpr uint64_t config_at = 0x2000;
  static constexpr uint64_t status_at = 0x3000;
  static constexpr uint64_t bar_size = 0x4000;
  static constexpr std::array<Structure, 4> structures{{{1, bar, 0, 56},
                                                        {2, bar, notify_at, 0x1000},
                                                        {4, bar, config_at, 0x100},
                                                        {3, bar, status_at, 1}}};

  struct Queue {
    uint16_t size = 0;
    uint16_t vector = 0xFFFF;
    std::array<uint64_t, 3> areas{};
    std::unique_ptr<DeviceRing> ring;
  };

  [[nodiscard]] uint64_t read_configuration_space(uint64_t offset) const {
    const uint64_t after_last = behaviour.capabilities_end ? 0 : first_capability;
    return offset == 0 ? 0x1AF4
           : offset == 2
               ? behaviour.id
               : read_capabilities_of(structures, offset, after_last, behaviour.notify_multiplier);
  }

  static void signal(int event) {
    const uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(event, &one, sizeof one);
  }
  /// As the kernel does it: masked once it has fired, until the driver has written to the eventfd.
  void fire_line() {
    uint64_t unmasked = 0;
    if (::read(unmask_, &unmasked, sizeof unmasked) > 0) masked_ = false;
    if (std::exchange(masked_, true)) return;
    signal(events_[0]);
  }

  [[nodiscard]] Queue& selected() { return queues_[select_]; }
  [[nodiscard]] uint64_t read_bar(uint64_t offset) {
    if (offset >= config_at) return read_config(offset - config_at);
    switch (offset) {
      case 4:
        return static_cast<uint32_t>(behaviour.features >> 32U * feature_select_);
      case 20:
        return status_;
      case 21:
        return behaviour.generation_changes ? ++generation_ : 0;
      case 24:
        return select_ < 2U * behaviour.queue_pairs + 1 ? behaviour.queue_size : 0U;
      case 26:
        return behaviour.takes_vectors ? selected().vector : 0xFFFFU;
      case 30:
        return select_;
      default:
        return 0;
    }
  }
  [[nodiscard]] uint64_t read_config(uint64_t offset) const {
    static constexpr std::array<uint8_t, 6> mac{0x02, 0, 0, 0, 0, 0x17};
    if (offset < mac.size()) return mac.at(offset);
    return offset == 6    ? link_
           : offset == 8  ? behaviour.queue_pairs
           : offset == 10 ? behaviour.mtu
                          : 0U;
  }
  void write_bar(uint64_t offset, uint64_t value) {
    const auto word = static_cast<uint16_t>(value);
    if (offset == 0) feature_select_ = static_cast<uint32_t>(value);
    if (offset == 8) driver_select_ = static_cast<uint32_t>(value);
    if (offset == 12)
      driver_features_ = driver_select_ == 0 ? (driver_features_ >> 32U << 32U) | value
                                             : (driver_features_ & 0xFFFF'FFFFU) | value << 32U;
    if (offset == 20) write_status(static_cast<uint8_t>(value));
    if (offset == 22) select_ = word;
    if (offset == 24) selected().size = word;
    if (offset == 26) selected().vector = word;
    if (offset == 28) enable(selected());
    if (offset >= 32 && offset < 56) {
      auto& area = selected().areas.at((offset - 32) / 8);
      area = offset % 8 == 0 ? (area >> 32U << 32U) | value : (area & 0xFFFF'FFFFU) | value << 32U;
    }
  }
  void write_status(uint8_t value) {
    if (value == 0 && !behaviour.resets) return;
    status_ = value;
    if (value == 0) queues_.clear();
    if (!behaviour.takes_features) status_ &= static_cast<uint8_t>(~8U);
  }
  void enable(Queue& queue) {
    const DeviceAreas areas{area(queue.areas[0]), area(queue.areas[1]), area(queue.areas[2])};
    const bool events = (driver_features_ & feature::EVENT_IDX) != 0;
    if ((driver_features_ & feature::RING_PACKED) != 0) {
      queue.ring = std::make_unique<PackedDevice>(queue.size, areas, events);
    } else {
      queue.ring = std::make_unique<SplitDevice>(queue.size, areas, events);
    }
  }

  /// From an address to the end of what is mapped there; reaching elsewhere ends the test program.
  std::span<std::byte> area(uint64_t address) {
    const auto mapped = std::prev(memory_.upper_bound(address));
    return mapped->second.subspan(address - mapped->first);
  }
  std::span<std::byte> at(uint64_t address, size_t length) { return area(address).first(length); }

  void run() {
    while (!stop_) {
      {
        const std::scoped_lock lock{mutex_};
        doorbells_.forward([this](bus::RegionId, uint64_t offset, size_t, uint32_t value) {
          if (offset == notify_at + uint64_t{value} * behaviour.notify_multiplier)
            serve(static_cast<uint16_t>(value));
        });
      }
      std::this_thread::sleep_for(std::chrono::microseconds{10});
    }
  }
  void serve(uint16_t number) {
    auto& queue = queues_[number];
    if (!queue.ring || (status_ & 4U) == 0) return;
    const bool control = number == 2U * pairs_in_use();
    if (!control && number % 2 == 0) return;  // rx buffers: there when a frame comes
    while (const auto buffer = queue.ring->take()) {
      const auto bytes = at(buffer->pieces[0].address, buffer->pieces[0].length);
      if (control) {
        commands_.emplace_back(bytes.begin(), bytes.end());
        if (behaviour.answer == 0xFF) return;
        at(buffer->pieces[1].address, 1)[0] = std::byte{behaviour.answer};
        queue.ring->give(buffer->id, 1, 2);
      } else {
        const auto frame = bytes.subspan(12);
        out_[number].emplace_back(frame.begin(), frame.end());
        queue.ring->give(buffer->id, 0);
      }
    }
  }
  [[nodiscard]] uint16_t pairs_in_use() const {
    return (driver_features_ & feature::MQ) != 0 ? behaviour.queue_pairs : uint16_t{1};
  }

  std::string name_ = "fake";
  std::mutex mutex_;
  qtest::DoorbellPages doorbells_;
  std::map<uint64_t, std::span<std::byte>> memory_;
  uint64_t next_address_ = uint64_t{1} << 32U;
  std::array<int, 8> events_{};
  int unmask_ = -1;
  bool masked_ = false;
  std::map<uint16_t, Queue> queues_;
  std::map<uint16_t, std::vector<Frame>> out_;
  std::vector<Command> commands_;
  uint32_t feature_select_ = 0;
  uint32_t driver_select_ = 0;
  uint64_t driver_features_ = 0;
  uint16_t select_ = 0;
  uint8_t status_ = 0;
  uint8_t generation_ = 0;
  uint16_t link_ = 1;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace bulkhead::virtio
