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

std::unexpected<Error> explain(int error, const std::string& name) {
  const auto what = fmt::format("the network interface {}", name);
  if (error == EPERM || error == EACCES)
    return fail_errno(error, what,
                      fmt::format("creating it needs CAP_NET_ADMIN in this network namespace; or "
                                  "root makes it for you: ip tuntap add dev {} mode tap user {}",
                                  name, ::geteuid()));
  if (error == EBUSY)
    return fail_errno(error, what,
                      "another program has it: take another name, or end that program");
  if (error == EINVAL || error == EEXIST)
    return fail(ErrorCode::io,
                fmt::format("{}: the name is taken by what is no TAP interface with "
                            "one queue",
                            what),
                "take another name");
  return fail_errno(error, what);
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

Result<Tap> Tap::open(const std::string& name) {
  BULKHEAD_TRY_ASSIGN(auto request, request_for(name));
  BULKHEAD_TRY_ASSIGN(auto fd, open_tun());
  request.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR;
  if (::ioctl(fd.get(), TUNSETIFF, &request) != 0) return explain(errno, name);
  if (!set_vnet_header(fd) || !set_offloads(fd, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6))
    return fail_errno(fmt::format("the network interface {}: long segments", name),
                      "this kernel's TAP interfaces know none");
  // Any socket answers about interfaces; this kind is the one that nobody is denied.
  OwnedFd socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  if (!socket) return fail_errno("socket");
  Tap tap{name, std::move(fd), std::move(socket)};
  // Until somebody reads.
  BULKHEAD_TRY(tap.set_carrier(false));
  return tap;
}

Tap::~Tap() {
  if (fd_) set_offloads(fd_, 0);
}

Result<> Tap::set_mac(const driver::MacAddress& mac) {
  ifreq request{};
  request.ifr_hwaddr.sa_family = ARPHRD_ETHER;
  std::ranges::copy(mac.octets, std::begin(request.ifr_hwaddr.sa_data));
  if (::ioctl(fd_.get(), SIOCSIFHWADDR, &request) == 0) return {};
  return fail_errno(fmt::format("giving {} the address {}", name_, mac.to_string()));
}

Result<> Tap::set_carrier(bool on) {
  int carrier = on ? 1 : 0;
  if (::ioctl(fd_.get(), TUNSETCARRIER, &carrier) == 0) return {};
  if (errno == EINVAL || errno == ENOTTY)
    return fail(ErrorCode::unsupported,
                fmt::format("{}: this kernel's TAP interfaces have no carrier to set", name_),
                "Linux 5.0 and later have");
  return fail_errno(fmt::format("{}: its carrier", name_));
}

Result<std::string> Tap::current_name() const {
  ifreq request{};
  if (::ioctl(fd_.get(), TUNGETIFF, &request) == 0)
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
