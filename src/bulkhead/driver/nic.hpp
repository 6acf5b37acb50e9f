// What every NIC driver offers above its queues: the control path.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bulkhead/base/deadline.hpp"
#include "bulkhead/base/error.hpp"
#include "bulkhead/base/units.hpp"
#include "bulkhead/driver/config.hpp"
#include "bulkhead/driver/doorbell_call.hpp"
#include "bulkhead/driver/queue_plan.hpp"
#include "bulkhead/driver/relay_end.hpp"
#include "bulkhead/queue/queues.hpp"

namespace bulkhead::driver {

/// An Ethernet address in the order of the wire.
struct MacAddress {
  std::array<uint8_t, 6> octets{};
  friend bool operator==(const MacAddress&, const MacAddress&) = default;
  /// "02:00:00:00:00:01"
  [[nodiscard]] std::string to_string() const;
  [[nodiscard]] bool is_multicast() const { return (octets[0] & 1U) != 0; }
};

/// Errors: `invalid_argument` for a multicast or zero address, which no station can have.
Result<> check_station_address(const MacAddress& address);

struct Link {
  bool up = false;
  uint32_t megabits_per_second = 0;
};

/// Asks `read` (which gives a Result<Link>) until the link is up, for at most `limit`. A cable that
/// is not plugged in is no error: the link is reported as down.
template <class Read>
Result<Link> wait_for_link(Read read, std::chrono::milliseconds limit) {
  Result<Link> link;
  wait_until(
      [&] {
        link = read();
        return !link || link->up;
      },
      limit, std::chrono::milliseconds{1});
  return link;
}

/// A device counter since the port was opened, by the name that ethtool -S uses.
struct Statistic {
  std::string_view name;
  uint64_t value;
};

/// How a NIC is brought to rest.
enum class Rest : uint8_t {
  by_its_queues,  ///< that are switched off, where this is enough; by a reset otherwise
  by_reset,
};

/// A NIC that is up. Destruction stops it: queues disabled, DMA quiet. Control calls belong to one
/// thread; each queue belongs to one thread, which may be another.
class Nic {
 public:
  Nic() = default;
  virtual ~Nic() = default;
  Nic(const Nic&) = delete;
  Nic& operator=(const Nic&) = delete;
  Nic(Nic&&) = delete;
  Nic& operator=(Nic&&) = delete;

  /// "82599ES SFP+ (X520) at vfio-user:/run/a.sock"
  [[nodiscard]] virtual const std::string& description() const = 0;
  [[nodiscard]] virtual uint32_t queues() const = 0;
  /// `queue` is below queues() (a trap otherwise).
  [[nodiscard]] virtual queue::RxQueue& rx(QueueId queue) = 0;
  [[nodiscard]] virtual queue::TxQueue& tx(QueueId queue) = 0;

  [[nodiscard]] virtual MacAddress mac() const = 0;
  [[nodiscard]] virtual uint32_t mtu() const = 0;
  virtual Result<Link> link() = 0;
  /// Waits until the link is up, for at most `limit`; a link that stays down is no error.
  Result<Link> wait_for_link(std::chrono::milliseconds limit);
  virtual Result<> set_promiscuous(bool on) = 0;
  /// Receives all multicast frames, or only those of set_multicast_addresses().
  virtual Result<> set_all_multicast(bool on) = 0;
  virtual Result<> set_multicast_addresses(std::span<const MacAddress> addresses) = 0;
  /// Changes the station address. Errors: `invalid_argument` for a multicast or zero address.
  virtual Result<> set_mac(MacAddress address) = 0;
  /// Further unicast addresses to receive. Errors: `no_memory` for more than the device's filters.
  virtual Result<> set_unicast_addresses(std::span<const MacAddress> addresses) = 0;
  /// Changes which queue pair gets which part of the frames (rss.hpp). Errors: `invalid_argument`
  /// for a size that the device's table has not, and for a queue pair that is not there;
  /// `unsupported` for a device that spreads frames by itself, or has one queue pair.
  virtual Result<> set_indirection_table(std::span<const QueueId> /*table*/) {
    return no_indirection_table();
  }
  virtual Result<std::vector<Statistic>> statistics() = 0;
  /// Whether the device is still there, without waiting.
  virtual Result<> check_alive() = 0;
  /// The descriptors that the device is reached through; those of interrupts are the rx queues'.
  [[nodiscard]] virtual std::vector<int> descriptors() const = 0;
  /// What the queues ask the kernel for to ring their doorbells.
  [[nodiscard]] virtual DoorbellCall doorbell_call() const { return DoorbellCall::none; }

  /// For a NIC that was opened with Config::in_place, which has no rx() and tx(). Each side of a
  /// queue pair is given out once: its device's positions go on from where a relay left them.
  /// Errors: `unsupported` for any other NIC, `invalid_argument` if the pair's pool has not the
  /// memory of `frames`, and the second time.
  virtual Result<RelayEnd> relay_end(QueueId /*queue*/, RelaySide /*side*/,
                                     const queue::Pool& /*frames*/) {
    return not_in_place();
  }
  [[nodiscard]] virtual bool in_place() const { return false; }

  // For a NIC that was opened with Config::elsewhere, which has no rx() and tx(). The other process
  // attaches to its queues (driver/attach.hpp) once; the next one after halt() and resume().

  /// Errors: `unsupported` for a driver whose queues cannot be elsewhere.
  virtual Result<QueuePlans> queue_plans() { return not_elsewhere(); }
  /// The process that ran the queues is dead: lets the device send what it was told to, for a
  /// moment, and brings it to rest. No DMA from then on: rings and buffers can be used anew.
  /// Errors: a device that is gone or does not come to rest even by a reset.
  virtual Result<> halt(Rest /*rest*/) { return not_elsewhere(); }
  /// Starts the queues again, with empty rings, whatever that process did to their registers.
  virtual Result<> resume() { return not_elsewhere(); }

 protected:
  [[nodiscard]] std::unexpected<Error> not_in_place() const;

 private:
  [[nodiscard]] std::unexpected<Error> not_elsewhere() const;
  [[nodiscard]] std::unexpected<Error> no_indirection_table() const;
};

}  // namespace bulkhead::driver
