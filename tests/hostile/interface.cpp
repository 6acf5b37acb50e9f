// A network interface in a worker's hands: its descriptor, which is meant for frames.
#include <array>

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sys/ioctl.h>

#include "bulkhead/net/vnet_header.hpp"

#include "tests/hostile/attempt.hpp"
#include "tests/hostile/forbidden.hpp"

namespace bulkhead::hostile {
namespace {

/// The kernel would allow it whoever has the descriptor, from another network namespace and without
/// a capability, too: the filter is the one layer.
Attempt changes(std::string_view name, std::string_view what, std::function<long(int tap)> call) {
  auto attempt = forbidden(name, what, [call = std::move(call)](Scene& scene) {
    return call(scene.equipment.interface_queues.back().get());
  });
  attempt.work = Work::netdev;
  return attempt;
}

long give_address(int tap) {
  ifreq request{};
  request.ifr_hwaddr.sa_family = ARPHRD_ETHER;
  request.ifr_hwaddr.sa_data[0] = 2;
  return ::syscall(SYS_ioctl, long{tap}, long{SIOCSIFHWADDR}, address_of(&request));
}

long detach_queue(int tap) {
  ifreq request{};
  request.ifr_flags = IFF_DETACH_QUEUE;
  return ::syscall(SYS_ioctl, long{tap}, long{TUNSETQUEUE}, address_of(&request));
}

Attempt goes_on(std::string_view name, std::string_view what, std::string_view contained,
                Outcome outcome, Seen (*run)(Scene&)) {
  return {.name = name,
          .what = what,
          .contained = contained,
          .phase = Phase::working,
          .outcome = outcome,
          .work = Work::netdev,
          .run = run};
}

std::array<std::byte, 80'000> bytes{};

void write_first(Scene& scene, size_t size) {
  for (const auto& queue : scene.equipment.interface_queues)
    static_cast<void>(::write(queue.get(), bytes.data(), size) < 0);
}

Seen write_all_sizes(Scene& scene) {
  for (const size_t frame : {0U, 1U, 13U, 14U, 60U, 9'000U, 65'535U, 65'536U, 79'990U}) {
    write_first(scene, frame);  // the header is cut off, too
    write_first(scene, net::VnetHeader::size + frame);
  }
  return {.held = true};
}

/// VIRTIO 1.2, 5.1.6: what may be said of a frame, written down without the driver.
Seen lie_about_frames(Scene& scene) {
  const auto set_word = [](size_t at, uint16_t value) {
    bytes.at(at) = static_cast<std::byte>(value & 0xFFU);
    bytes.at(at + 1) = static_cast<std::byte>(value >> 8U);
  };
  constexpr std::array<uint16_t, 5> lies{0, 1, 34, 1448, 0xFFFF};
  // IPv4's type and a header of its kind; what follows is zeros.
  bytes.at(net::VnetHeader::size + 12) = std::byte{8};
  bytes.at(net::VnetHeader::size + 14) = std::byte{0x45};
  for (const unsigned kind : {0U, 1U, 3U, 4U, 5U, 0x81U, 0xFFU})
    for (const uint16_t header_length : lies)
      for (const uint16_t segment_size : lies)
        for (const uint16_t checksum_start : lies) {
          bytes.at(0) = std::byte{1};
          bytes.at(1) = static_cast<std::byte>(kind);
          set_word(2, header_length);
          set_word(4, segment_size);
          set_word(6, checksum_start);
          set_word(8, checksum_start);
          for (const size_t frame : {60U, 3000U}) write_first(scene, net::VnetHeader::size + frame);
        }
  return {.held = true};
}

/// Until it has had some.
Seen read_and_drop(Scene& scene) {
  constexpr timespec nap{.tv_sec = 0, .tv_nsec = 5'000'000};
  int frames = 0;
  while (frames < 20 && !scene.equipment.control.must_stop()) {
    scene.equipment.control.beat(++scene.heartbeat);
    static_cast<void>(::ppoll(nullptr, 0, &nap, nullptr));
    for (const auto& queue : scene.equipment.interface_queues)
      if (::read(queue.get(), bytes.data(), bytes.size()) > 0) ++frames;
  }
  return {.held = true};
}

}  // namespace

std::vector<Attempt> interface_attempts() {
  return {
      changes("interface-address", "gives its network interface another address", give_address),
      changes("interface-persist", "makes its network interface outlive the broker",
              [](int tap) { return ::syscall(SYS_ioctl, long{tap}, long{TUNSETPERSIST}, 1L); }),
      changes("interface-detach", "takes a queue of its network interface away from its successors",
              detach_queue),
      changes("interface-blocking", "has its successors held up by an interface without frames",
              [](int tap) { return ::syscall(SYS_fcntl, long{tap}, long{F_SETFL}, 0L); }),
      goes_on("interface-sizes", "gives the kernel frames of 0 to 80,000 bytes",
              "kernel: it checks a frame's length", Outcome::harmless, write_all_sizes),
      goes_on("interface-headers", "tells the kernel lies about frames' segments and checksums",
              "kernel: it checks them as it does a virtual machine's", Outcome::harmless,
              lie_about_frames),
      goes_on("interface-swallowed", "takes the interface's frames and sends none",
              "nothing: its own compartment stands still, until somebody ends it", Outcome::idle,
              read_and_drop),
  };
}

}  // namespace bulkhead::hostile
