#include "bulkhead/confine/compartment/transfer.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include "bulkhead/bus/vfio_user/socket_io.hpp"
#include "bulkhead/confine/compartment/message.hpp"

namespace bulkhead::confine {
namespace {

Result<> send_whole(int channel, std::span<const std::byte> message, std::span<const int> fds) {
  BULKHEAD_TRY_ASSIGN(const auto sent, vfio_user::send_some(channel, message, {}, fds));
  if (sent == message.size()) return {};
  return fail(ErrorCode::no_memory, "a worker's channel has no room for its job");
}

struct Packet {
  std::vector<std::byte> message;
  std::vector<OwnedFd> descriptors;
};

Result<Packet> receive_packet(int channel, Deadline deadline) {
  while (true) {
    Packet packet;
    packet.message.resize(longest_message);
    BULKHEAD_TRY_ASSIGN(const auto size,
                        vfio_user::receive_some(channel, packet.message, packet.descriptors));
    if (size == 0) return fail(ErrorCode::device_gone, "the broker has gone");
    if (size) {
      packet.message.resize(*size);
      return packet;
    }
    if (deadline.reached()) return fail(ErrorCode::timeout, "no job came from the broker");
    pollfd waiting{.fd = channel, .events = POLLIN, .revents = 0};
    if (::poll(&waiting, 1, deadline.remaining_ms()) < 0 && errno != EINTR)
      return fail_errno("poll");
  }
}

}  // namespace

Result<std::pair<OwnedFd, OwnedFd>> make_channel() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) != 0)
    return fail_errno("socketpair");
  return std::pair{OwnedFd{ends[0]}, OwnedFd{ends[1]}};
}

Result<> send_job(int channel, const Job& job, std::span<const int> descriptors) {
  BULKHEAD_TRY(send_whole(channel, encode(job, static_cast<uint32_t>(descriptors.size())), {}));
  while (!descriptors.empty()) {
    const auto some =
        descriptors.first(std::min<size_t>(descriptors.size(), vfio_user::our_max_msg_fds));
    BULKHEAD_TRY(send_whole(channel, encode_descriptors(static_cast<uint32_t>(some.size())), some));
    descriptors = descriptors.subspan(some.size());
  }
  return {};
}

Result<ReceivedJob> receive_job(int channel, Deadline deadline) {
  BULKHEAD_TRY_ASSIGN(const auto first, receive_packet(channel, deadline));
  if (!first.descriptors.empty())
    return fail(ErrorCode::protocol, "descriptors that were not announced");
  BULKHEAD_TRY_ASSIGN(auto parsed, parse_job(first.message));
  ReceivedJob received{.job = std::move(parsed.job), .descriptors = {}};
  while (received.descriptors.size() < parsed.descriptors) {
    BULKHEAD_TRY_ASSIGN(auto packet, receive_packet(channel, deadline));
    BULKHEAD_TRY_ASSIGN(const auto count, parse_descriptors(packet.message));
    if (packet.descriptors.size() != count)
      return fail(ErrorCode::protocol, fmt::format("{} descriptors came instead of {}",
                                                   packet.descriptors.size(), count));
    std::ranges::move(packet.descriptors, std::back_inserter(received.descriptors));
  }
  if (received.descriptors.size() > parsed.descriptors)
    return fail(ErrorCode::protocol, "more descriptors came than the job has");
  return received;
}

void send_ready(int channel, std::string_view lacks) {
  // A broker that has gone takes us with it.
  static_cast<void>(send_whole(channel, encode_ready(lacks), {}));
}

void send_failure(int channel, const Error& failure) {
  // Nobody is left to hear that this failed, too.
  static_cast<void>(send_whole(channel, encode(failure), {}));
}

std::optional<Word> received_word(int channel) {
  std::vector<std::byte> buffer(longest_message);
  std::vector<OwnedFd> unwanted;
  const auto size = vfio_user::receive_some(channel, buffer, unwanted);
  if (!size || !*size || **size == 0) return std::nullopt;
  const auto message = std::span{buffer}.first(**size);
  if (auto lacks = parse_ready(message)) return *std::move(lacks);
  if (auto failure = parse_failure(message)) return std::unexpected(*std::move(failure));
  return std::nullopt;
}

}  // namespace bulkhead::confine
