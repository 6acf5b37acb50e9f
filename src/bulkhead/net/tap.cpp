#include "bulkhead/net/tap.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/if_tun.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bulkhead/net/tap_queues.hpp"
#include "bulkhead/net/vnet_header.hpp"

namespace bulkhead::net {
namespace {

/// A request that names the interface.
Result<ifreq> request_for(const std::string& name) {
  ifreq request{};
  // The kernel takes a % as the place for a number of its choice.
  const bool fits =
      !name.empty() && name.size() < sizeof request.ifr_name && name != "." && name != ".." &&
      std::ranges::all_of(
          name, [](char c) { return c > ' ' && c <= '~' && c != '/' && c != ':' && c != '%'; });
  if (!fits)
    return fail(ErrorCode::invalid_argument,
                fmt::format("\"{}\" cannot be the name of a network interface", name),
                "1 to 15 characters without blanks, slashes, colons and percent signs");
  std::ranges::copy(name, std::begin(request.ifr_name));
  return request;
}

Result<OwnedFd> open_tun() {
  OwnedFd fd{::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC)};
  if (fd) return fd;
  if (errno == ENOENT || errno == ENODEV || errno == ENXIO)
    return fail_errno("/dev/net/tun", "load the tun module: modprobe tun");
  return fail_errno("/dev/net/tun", "it can be opened by root, or by whom its mode allows");
}

std::unexpected<Error> another_has(const std::string& name) {
  return fail_errno(EBUSY, fmt::format("the network interface {}", name),
                    "another program has it: take another name, or end that program");
}

std::unexpected<Error> explain(int error, const std::string& name, uint32_t queues) {
  const auto what = fmt::format("the network interface {}", name);
  const auto making = fmt::format("ip tuntap add dev {} mode tap{} user {}", name,
                                  queues > 1 ? " multi_queue" : "", ::geteuid());
  if (error == EPERM || error == EACCES)
    return fail_errno(error, what,
                      fmt::format("creating it needs CAP_NET_ADMIN in this network namespace; or "
                                  "root makes it for you: {}",
                                  making));
  if (error == EBUSY) return another_has(name);
  if (error == EINVAL || error == EEXIST)
    return fail(ErrorCode::io,
                fmt::format("{}: the name is taken by what is no TAP interface with {}", what,
                            queues > 1 ? "several queues" : "one queue"),
                fmt::format("take another name; or root deletes it and makes one: {}", making));
  return fail_errno(error, what);
}

/// Whoever may open an interface with several queues may add to them: the kernel does not say that
/// somebody has it, and gives each a part of the frames.
Result<> check_queues(const std::string& name, uint32_t expected) {
  const auto found = tap_queues(name);
  if (found && *found != expected) return another_has(name);
  return {};
}

Result<std::vector<OwnedFd>> open_queues(const std::string& name, uint32_t queues) {
  BULKHEAD_TRY_ASSIGN(auto request, request_for(name));
  const bool several = queues > 1;
  if (several) BULKHEAD_TRY(check_queues(name, 0));
  request.ifr_flags =
      static_cast<short>(IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | (several ? IFF_MULTI_QUEUE : 0));
  std::vector<OwnedFd> opened;
  while (opened.size() < queues) {
    BULKHEAD_TRY_ASSIGN(auto fd, open_tun());
    auto wanted = request;
    if (::ioctl(fd.get(), TUNSETIFF, &wanted) != 0) return explain(errno, name, queues);
    opened.push_back(std::move(fd));
  }
  // Another may have begun at the same moment.
  if (several) BULKHEAD_TRY(check_queues(name, queues));
  return opened;
}

/// A persistent interface keeps what its last user asked for.
bool set_vnet_header(const OwnedFd& fd) {
  int size = VnetHeader::size;
  int little_endian = 1;
  return ::ioctl(fd.get(), TUNSETVNETHDRSZ, &size) == 0 &&
         ::ioctl(fd.get(), TUNSETVNETLE, &little_endian) == 0;
}

bool set_offloads(const OwnedFd& fd, unsigned long offloads) {
  return ::ioctl(fd.get(), TUNSETOFFLOAD, offloads) == 0;
}

}  // namespace

Result<Tap> Tap::open(const std::string& name, uint32_t queues) {
  if (queues == 0 || queues > most_queues)
    return fail(ErrorCode::invalid_argument, fmt::format("an interface with {} queues", queues),
                fmt::format("take 1 to {}", most_queues));
  BULKHEAD_TRY_ASSIGN(auto opened, open_queues(name, queues));
  // The interface's, all queues together.
  const auto& any = opened.front();
  if (!set_vnet_header(any) || !set_offloads(any, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6))
    return fail_errno(fmt::format("the network interface {}: long segments", name),
                      "this kernel's TAP interfaces know none");
  // Any socket answers about interfaces; this kind is the one that nobody is denied.
  OwnedFd socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  if (!socket) return fail_errno("socket");
  Tap tap{name, std::move(opened), std::move(socket)};
  // Until somebody reads.
  BULKHEAD_TRY(tap.set_carrier(false));
  return tap;
}

Tap::~Tap() {
  if (!queues_.empty()) set_offloads(queues_.front(), 0);
}

Result<> Tap::set_mac(const driver::MacAddress& mac) {
  ifreq request{};
  request.ifr_hwaddr.sa_family = ARPHRD_ETHER;
  std::ranges::copy(mac.octets, std::begin(request.ifr_hwaddr.sa_data));
  if (::ioctl(fd(), SIOCSIFHWADDR, &request) == 0) return {};
  return fail_errno(fmt::format("giving {} the address {}", name_, mac.to_string()));
}

Result<> Tap::set_carrier(bool on) {
  int carrier = on ? 1 : 0;
  if (::ioctl(fd(), TUNSETCARRIER, &carrier) == 0) return {};
  if (errno == EINVAL || errno == ENOTTY)
    return fail(ErrorCode::unsupported,
                fmt::format("{}: this kernel's TAP interfaces have no carrier to set", name_),
                "Linux 5.0 and later have");
  return fail_errno(fmt::format("{}: its carrier", name_));
}

Result<std::string> Tap::current_name() const {
  ifreq request{};
  if (::ioctl(fd(), TUNGETIFF, &request) == 0)
    return std::string{std::begin(request.ifr_name), std::ranges::find(request.ifr_name, '\0')};
  if (errno == EBADFD)
    return fail(ErrorCode::not_found,
                fmt::format("somebody has removed the network interface {}", name_),
                "start this again: it makes one anew");
  return fail_errno(fmt::format("{}: TUNGETIFF", name_));
}

std::optional<uint32_t> Tap::mtu() const {
  const auto name = current_name();
  if (!name) return std::nullopt;
  auto request = request_for(*name);
  if (!request || ::ioctl(socket_.get(), SIOCGIFMTU, &*request) != 0) return std::nullopt;
  return static_cast<uint32_t>(request->ifr_mtu);
}

Result<> Tap::set_mtu(uint32_t mtu) {
  BULKHEAD_TRY_ASSIGN(const auto name, current_name());
  BULKHEAD_TRY_ASSIGN(auto request, request_for(name));
  request.ifr_mtu = static_cast<int>(mtu);
  if (::ioctl(socket_.get(), SIOCSIFMTU, &request) == 0) return {};
  return fail_errno(fmt::format("giving {} an MTU of {}", name, mtu));
}

}  // namespace bulkhead::net
