// The channel to the broker, and the two signals that are shared with it.
#include <array>
#include <cstdlib>
#include <string>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bulkhead/bus/vfio_user/socket_io.hpp"
#include "bulkhead/confine/compartment/message.hpp"

#include "tests/hostile/attempt.hpp"
#include "tests/hostile/forbidden.hpp"

namespace bulkhead::hostile {
namespace {

using Message = std::vector<std::byte>;

constexpr std::string_view parser = "broker: what its parser does not take is dropped";
constexpr std::string_view deaf = "broker: it does not listen to a worker whose turn it is";
constexpr uint64_t almost_full = ~uint64_t{0} - 1;

long send(const Scene& scene, const Message& message) {
  return ::send(scene.channel, message.data(), message.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

/// Before its sandbox, and then it goes on as if nothing had been.
Attempt sends(std::string_view name, std::string_view what, std::function<void(Scene&)> run) {
  return {.name = name,
          .what = what,
          .contained = parser,
          .phase = Phase::unconfined,
          .outcome = Outcome::harmless,
          .run = [run = std::move(run)](Scene& scene) {
            run(scene);
            return Seen{.held = true};
          }};
}

Message noise(size_t size) {
  Message message(size);
  for (size_t i = 0; i < size; ++i) message[i] = static_cast<std::byte>(i * 167 + i / 251);
  return message;
}

void send_truncated(Scene& scene) {
  const auto whole = confine::encode_ready("nothing");
  for (size_t size = 1; size < whole.size(); ++size)
    send(scene, {whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)});
}

void send_wrong_lengths(Scene& scene) {
  for (const size_t place : {size_t{8}, size_t{12}, size_t{16}, size_t{20}}) {
    auto message = confine::encode_ready("nothing");
    for (size_t i = 0; i < 4; ++i) message[place + i] = std::byte{0xFF};
    send(scene, message);
  }
}

void flood(Scene& scene) {
  const auto message = noise(1024);
  constexpr timespec nap{.tv_sec = 0, .tv_nsec = 100'000};
  for (int i = 0; i < 20'000; ++i)
    if (send(scene, message) < 0) static_cast<void>(::ppoll(nullptr, 0, &nap, nullptr));
}

void send_descriptors(Scene& scene) {
  const std::vector<int> descriptors(vfio_user::our_max_msg_fds, scene.wake);
  const auto message = confine::encode_descriptors(vfio_user::our_max_msg_fds);
  for (int i = 0; i < 50; ++i)
    static_cast<void>(vfio_user::send_some(scene.channel, message, {}, descriptors));
}

/// A message that waits in a channel keeps the very end open whose closing tells of a death.
void send_channel_through_itself(Scene& scene) {
  const std::array own_end{scene.channel};
  const auto message = confine::encode_descriptors(1);
  for (int i = 0; i < 20; ++i)
    static_cast<void>(vfio_user::send_some(scene.channel, message, {}, own_end));
}

/// write(2) is what the filter leaves.
Seen write_to_the_end(int fd, const Message& message, int times) {
  for (int i = 0; i < times; ++i)
    if (::write(fd, message.data(), message.size()) < 0) return {.held = true, .error = errno};
  return {.held = true};
}

/// Made beforehand: a confined worker cannot allocate.
Attempt writes(std::string_view name, std::string_view what, std::string_view contained,
               Phase phase, Message message, int times) {
  return {.name = name,
          .what = what,
          .contained = contained,
          .phase = phase,
          .outcome = Outcome::harmless,
          .run = [message = std::move(message), times](Scene& scene) {
            return write_to_the_end(scene.channel, message, times);
          }};
}

Message lie() {
  return confine::encode(
      Error{ErrorCode::io, "\x1b[2J the machine is on fire\nroot: ", "reboot it"});
}

Seen complain_and_end(Scene& scene, const Message& message) {
  write_to_the_end(scene.channel, message, 1);
  ::_exit(EXIT_FAILURE);
}

/// The kernel holds writers up when a counter is full, unless they ask not to be.
Seen fill_signals(Scene& scene) {
  static_cast<void>(::write(scene.wake, &almost_full, sizeof almost_full) < 0);
  for (const auto& port : scene.equipment.ports)
    for (const auto& pair : port.pairs)
      if (const int event = pair->rx().event(); event >= 0)
        static_cast<void>(::write(event, &almost_full, sizeof almost_full) < 0);
  return {.held = true};
}

Attempt sends_control_characters() {
  auto attempt = sends(
      "message-terminal", "says that it is ready, with control characters for a terminal",
      [](Scene& scene) { send(scene, confine::encode_ready("\x1b]0;owned\x07\x1b[2J\r\n")); });
  attempt.contained = "broker: what it prints has none of them";
  return attempt;
}

std::vector<Attempt> before_its_turn() {
  return {
      sends("message-of-noise", "sends noise", [](Scene& scene) { send(scene, noise(64)); }),
      sends("message-truncated", "sends a message cut off after each of its bytes", send_truncated),
      sends("message-lengths", "sends messages whose lengths lie", send_wrong_lengths),
      sends("message-oversized", "sends messages longer than any may be",
            [](Scene& scene) {
              for (const size_t size : {65'537U, 100'000U, 150'000U}) send(scene, noise(size));
            }),
      sends("message-empty", "sends empty messages",
            [](Scene& scene) {
              for (int i = 0; i < 100; ++i) send(scene, {});
            }),
      sends("message-flood", "sends 20,000 messages, or as many as there is room for", flood),
      sends("message-job", "gives the broker a job",
            [](Scene& scene) { send(scene, confine::encode(scene.job, 200)); }),
      sends_control_characters(),
      sends("descriptors", "sends 50 messages with 16 descriptors each", send_descriptors),
      sends("channel-through-itself",
            "sends its own end of the channel through the channel, so that it stays open",
            send_channel_through_itself),
      writes("ready-again", "says that it is ready until there is no room",
             "broker: it reads a few words at a time", Phase::waiting,
             confine::encode_ready("everything"), 100'000),
      {.name = "full-signals",
       .what = "fills the counters of the broker's and the interrupts' signals, which holds up who "
               "waits to write",
       .contained = "broker: its signals never wait",
       .phase = Phase::waiting,
       .outcome = Outcome::harmless,
       .run = fill_signals},
  };
}

std::vector<Attempt> in_its_turn() {
  Attempt complains{
      .name = "complaint",
      .what = "says that it cannot begin, and ends",
      .contained = deaf,
      .phase = Phase::working,
      .outcome = Outcome::replaced,
      .sign = "exited with 1 though nobody had asked",
      .run = [message = lie()](Scene& scene) { return complain_and_end(scene, message); }};
  return {
      writes("message-late", "sends messages when nobody listens any more, until there is no room",
             deaf, Phase::working, lie(), 100'000),
      std::move(complains),
      forbidden("close-channel", "closes its end of the channel, to be taken for dead and live on",
                [](Scene& scene) { return ::syscall(SYS_close, long{scene.channel}); }),
      forbidden("half-close", "shuts its end of the channel down, to be taken for dead",
                [](Scene& scene) {
                  return ::syscall(SYS_shutdown, long{scene.channel}, long{SHUT_RDWR});
                }),
      forbidden(
          "replace-channel", "puts another descriptor in its channel's place",
          [](Scene& scene) { return ::syscall(SYS_dup2, long{scene.wake}, long{scene.channel}); }),
      forbidden("send-descriptors", "sends a message with a descriptor",
                [](Scene& scene) {
                  const msghdr message{};
                  return ::syscall(SYS_sendmsg, long{scene.channel}, address_of(&message), 0L);
                }),
  };
}

}  // namespace

std::vector<Attempt> channel_attempts() {
  auto all = before_its_turn();
  all.push_back({.name = "half-close-early",
                 .what = "shuts down its sending half before it is ready, and waits",
                 .contained = "broker: a worker that will say nothing more is replaced",
                 .phase = Phase::unconfined,
                 .outcome = Outcome::replaced,
                 .sign = "killed by SIGKILL",
                 .run = [](Scene& scene) {
                   static_cast<void>(::shutdown(scene.channel, SHUT_WR));
                   ::pause();
                   return Seen{.held = false};
                 }});
  for (auto& attempt : in_its_turn()) all.push_back(std::move(attempt));
  return all;
}

}  // namespace bulkhead::hostile
