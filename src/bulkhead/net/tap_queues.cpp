#include "bulkhead/net/tap_queues.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "bulkhead/base/bytes.hpp"
#include "bulkhead/base/owned_fd.hpp"

namespace bulkhead::net {
namespace {

using Attributes = std::span<const std::byte>;

/// rtnetlink(7): which link is meant by a name.
struct LinkRequest {
  nlmsghdr head;
  ifinfomsg link;
  rtattr name_head;
  std::array<char, IFNAMSIZ> name;
};

/// The others say that there are attributes inside, or a byte order: NLA_TYPE_MASK.
constexpr unsigned type_bits = 0x3FFF;
constexpr size_t longest_answer = 32U << 10U;

std::vector<std::byte> ask(const OwnedFd& socket, const std::string& name) {
  LinkRequest request{};
  request.head = {.nlmsg_len = sizeof request,
                  .nlmsg_type = RTM_GETLINK,
                  .nlmsg_flags = NLM_F_REQUEST,
                  .nlmsg_seq = 0,
                  .nlmsg_pid = 0};
  request.name_head = {.rta_len = sizeof request.name_head + sizeof request.name,
                       .rta_type = IFLA_IFNAME};
  std::ranges::copy(name, request.name.begin());
  const auto question = to_bytes(request);
  if (::send(socket.get(), question.data(), question.size(), 0) < 0) return {};
  // The kernel has answered before send(2) returns.
  std::vector<std::byte> answer(longest_answer);
  const auto got = ::recv(socket.get(), answer.data(), answer.size(), MSG_DONTWAIT);
  answer.resize(got < 0 ? 0 : static_cast<size_t>(got));
  return answer;
}

/// Empty if there is none.
Attributes find_attribute(Attributes all, unsigned type) {
  while (all.size() >= sizeof(rtattr)) {
    const auto head = from_bytes<rtattr>(all);
    if (head.rta_len < sizeof head || head.rta_len > all.size()) break;
    if ((head.rta_type & type_bits) == type) return all.first(head.rta_len).subspan(sizeof head);
    all = all.subspan(std::min<size_t>(RTA_ALIGN(head.rta_len), all.size()));
  }
  return {};
}

bool is_text(Attributes attribute, std::string_view text) {
  const auto expected = std::as_bytes(std::span{text});
  return attribute.size() == text.size() + 1 &&
         std::ranges::equal(attribute.first(text.size()), expected);
}

}  // namespace

std::optional<uint32_t> tap_queues(const std::string& name) {
  if (name.size() >= IFNAMSIZ) return std::nullopt;
  const OwnedFd socket{::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)};
  if (!socket) return std::nullopt;
  const auto answer = ask(socket, name);
  constexpr size_t heads = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(ifinfomsg));
  if (answer.size() < heads || from_bytes<nlmsghdr>(answer).nlmsg_type != RTM_NEWLINK)
    return std::nullopt;
  const auto about = find_attribute(std::span{answer}.subspan(heads), IFLA_LINKINFO);
  if (!is_text(find_attribute(about, IFLA_INFO_KIND), "tun")) return std::nullopt;
  const auto data = find_attribute(about, IFLA_INFO_DATA);
  const auto queues = find_attribute(data, IFLA_TUN_NUM_QUEUES);
  if (queues.size() != sizeof(uint32_t)) return std::nullopt;
  return from_bytes<uint32_t>(queues);
}

}  // namespace bulkhead::net
