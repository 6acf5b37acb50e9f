#include "bulkhead/driver/virtio/card.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <sys/random.h>

#include "bulkhead/base/deadline.hpp"
#include "bulkhead/driver/virtio/features.hpp"

namespace bulkhead::virtio {
namespace {

// struct virtio_net_config.
constexpr uint32_t mac = 0;
constexpr Field<uint16_t> link_status{6};
constexpr Field<uint16_t> max_virtqueue_pairs{8};
constexpr Field<uint16_t> mtu{10};
constexpr Field<uint32_t> speed{12};
constexpr uint16_t link_is_up = 1;
constexpr uint32_t fastest = 0x7FFF'FFFF;  // 5.1.4: above is unknown

constexpr uint32_t smallest_mtu = 68;          // 5.1.4.1
constexpr uint32_t largest_mtu = 9'728;        // what the pools' buffers are made for
constexpr uint16_t most_queue_pairs = 0x7FFF;  // one less than 5.1.4.1's: queues have 16 bits
constexpr std::chrono::seconds limit{1};

/// Reads several fields, again if the device has changed them meanwhile (2.5.1, 4.1.4.3.2).
template <class Read>
auto read_together(Transport& transport, Read read) -> decltype(read()) {
  const auto deadline = Deadline::after(limit);
  for (;;) {
    BULKHEAD_TRY_ASSIGN(const auto before, transport.config_generation());
    auto fields = read();
    BULKHEAD_TRY(fields);
    BULKHEAD_TRY_ASSIGN(const auto after, transport.config_generation());
    if (before == after) return fields;
    if (deadline.reached())
      return fail(ErrorCode::timeout, "the device's configuration changes all the time");
  }
}

Result<driver::MacAddress> read_mac(const Fields& config) {
  driver::MacAddress address;
  for (uint32_t i = 0; i < address.octets.size(); ++i) {
    BULKHEAD_TRY_ASSIGN(address.octets[i], config.read(Field<uint8_t>{mac + i}));
  }
  if (!check_station_address(address))
    return fail(ErrorCode::hostile_device,
                fmt::format("the device says that its address is {}", address.to_string()));
  return address;
}

Result<driver::MacAddress> random_mac() {
  driver::MacAddress address;
  if (::getrandom(address.octets.data(), address.octets.size(), 0) < 0)
    return fail_errno("getrandom");
  // Locally administered, unicast (IEEE 802, 8.4).
  address.octets[0] = static_cast<uint8_t>((address.octets[0] & 0xFCU) | 2U);
  return address;
}

Result<Card> read_fields(const Fields& config, uint64_t features) {
  Card card{.mac = {}, .queue_pairs = 1, .mtu = largest_mtu};
  if ((features & feature::MAC) != 0) {
    BULKHEAD_TRY_ASSIGN(card.mac, read_mac(config));
  } else {
    BULKHEAD_TRY_ASSIGN(card.mac, random_mac());
  }
  if ((features & feature::MQ) != 0) {
    BULKHEAD_TRY_ASSIGN(card.queue_pairs, config.read(max_virtqueue_pairs));
    if (card.queue_pairs == 0 || card.queue_pairs > most_queue_pairs)
      return fail(ErrorCode::hostile_device,
                  fmt::format("the device says that it has {} queue pairs", card.queue_pairs));
  }
  if ((features & feature::MTU) != 0) {
    BULKHEAD_TRY_ASSIGN(const uint32_t offered, config.read(mtu));
    if (offered < smallest_mtu)
      return fail(ErrorCode::hostile_device,
                  fmt::format("the device says that its MTU is {}", offered));
    card.mtu = std::min(offered, largest_mtu);
  }
  return card;
}

}  // namespace

Result<Card> read_card(Transport& transport, uint64_t features) {
  return read_together(transport, [&] { return read_fields(transport.device_config(), features); });
}

Result<driver::Link> read_link(Transport& transport, uint64_t features) {
  const auto& config = transport.device_config();
  return read_together(transport, [&]() -> Result<driver::Link> {
    driver::Link link{.up = true, .megabits_per_second = 0};
    if ((features & feature::STATUS) != 0) {
      BULKHEAD_TRY_ASSIGN(const auto status, config.read(link_status));
      link.up = (status & link_is_up) != 0;
    }
    if (link.up && (features & feature::SPEED_DUPLEX) != 0) {
      BULKHEAD_TRY_ASSIGN(const auto megabits, config.read(speed));
      link.megabits_per_second = megabits <= fastest ? megabits : 0;
    }
    return link;
  });
}

}  // namespace bulkhead::virtio
