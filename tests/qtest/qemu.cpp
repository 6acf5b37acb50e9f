#include "tests/qtest/qemu.hpp"

#include <array>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace bulkhead::qtest {
namespace {

struct SocketPair {
  OwnedFd ours;
  OwnedFd theirs;
};

Result<SocketPair> make_sockets() {
  std::array<int, 2> sockets{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets.data()) != 0)
    return fail_errno("socketpair");
  return SocketPair{OwnedFd{sockets[0]}, OwnedFd{sockets[1]}};
}

/// The smallest firmware: its processor stops at the first instruction, so that only the clock
/// runs and the devices with it.
Result<memory::Region> make_firmware() {
  constexpr Bytes size = 64_KiB;
  constexpr size_t reset_vector = 0xFFF0;
  constexpr std::array stop{std::byte{0xFA}, std::byte{0xF4}, std::byte{0xEB}, std::byte{0xFD}};
  BULKHEAD_TRY_ASSIGN(auto fd, create_sealed_memory("firmware", size, PageSize::small_4k));
  BULKHEAD_TRY_ASSIGN(auto firmware, memory::Region::adopt(std::move(fd), size));
  std::ranges::copy(stop, firmware.bytes().subspan(reset_vector).begin());  // cli; hlt; jmp to hlt
  return firmware;
}

/// The exit status of a child that found no QEMU, as a shell's.
constexpr int not_installed = 127;

std::string file_of(int fd) {
  return fmt::format("/proc/self/fd/{}", fd);
}

[[noreturn]] void become_qemu(std::span<char* const> arguments, std::span<const int> inherited,
                              pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(EXIT_FAILURE);
  for (const int fd : inherited) ::fcntl(fd, F_SETFD, 0);
  ::execvp(arguments.front(), arguments.data());
  ::_exit(not_installed);
}

pid_t spawn(std::vector<std::string>& arguments, std::span<const int> inherited) {
  std::vector<char*> pointers;
  for (auto& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child == 0) become_qemu(pointers, inherited, parent);
  return child;
}

}  // namespace

Result<Qemu> Qemu::start(std::span<const std::string> more, std::span<const int> more_inherited) {
  BULKHEAD_TRY_ASSIGN(auto qtest, make_sockets());
  BULKHEAD_TRY_ASSIGN(auto qmp, make_sockets());
  BULKHEAD_TRY_ASSIGN(const auto firmware, make_firmware());
  BULKHEAD_TRY_ASSIGN(auto fd, create_sealed_memory("ram", low_memory, PageSize::small_4k));
  BULKHEAD_TRY_ASSIGN(auto memory, memory::Region::adopt(std::move(fd), low_memory));

  const size_t ram = low_memory.value() >> 20U;
  // TCG, because under QEMU's own "qtest" accelerator clocks stand still.
  std::vector<std::string> arguments{
      "qemu-system-x86_64",
      "-nodefaults",
      "-no-user-config",
      "-display",
      "none",
      "-accel",
      "tcg",
      "-machine",
      "q35,memory-backend=ram",
      "-m",
      fmt::format("{}M,slots={},maxmem={}M", ram, memory_slots, ram + memory_slots * 1024),
      "-object",
      fmt::format("memory-backend-file,id=ram,size={}M,share=on,mem-path={}", ram,
                  file_of(memory.fd())),
      "-bios",
      file_of(firmware.fd()),
      "-chardev",
      fmt::format("socket,id=qtest,fd={}", qtest.theirs.get()),
      "-qtest",
      "chardev:qtest",
      "-qtest-log",
      "none",
      "-chardev",
      fmt::format("socket,id=qmp,fd={}", qmp.theirs.get()),
      "-mon",
      "chardev=qmp,mode=control"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  std::vector inherited{qtest.theirs.get(), qmp.theirs.get(), firmware.fd(), memory.fd()};
  inherited.insert(inherited.end(), more_inherited.begin(), more_inherited.end());

  const pid_t child = spawn(arguments, inherited);
  if (child < 0) return fail_errno("fork");
  qtest.theirs.reset();
  qmp.theirs.reset();
  Qemu qemu{child, LineChannel{std::move(qtest.ours)}, LineChannel{std::move(qmp.ours)},
            std::move(memory)};
  if (!qemu.qmp_.receive()) {  // its greeting
    if (qemu.stop() == not_installed)
      return fail(ErrorCode::not_found, "there is no qemu-system-x86_64",
                  "install qemu-system-x86 (scripts/setup test)");
    return fail(ErrorCode::io, "qemu-system-x86_64 did not start", "standard error says why");
  }
  BULKHEAD_TRY(qemu.control(R"({"execute": "qmp_capabilities"})"));
  return qemu;
}

Qemu::Qemu(Qemu&& other) noexcept
    : process_(std::exchange(other.process_, -1)),
      qtest_(std::move(other.qtest_)),
      qmp_(std::move(other.qmp_)),
      memory_(std::move(other.memory_)) {}

int Qemu::stop() {
  if (process_ <= 0) return 0;
  ::kill(process_, SIGKILL);
  int status = 0;
  ::waitpid(std::exchange(process_, -1), &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 0;
}

Result<uint64_t> Qemu::command(std::string_view line) {
  BULKHEAD_TRY(qtest_.send(fmt::format("{}\n", line)));
  BULKHEAD_TRY_ASSIGN(const auto answer, qtest_.receive());
  if (!answer.starts_with("OK"))
    return fail(ErrorCode::protocol, fmt::format("QEMU answered '{}' to '{}'", answer, line));
  constexpr std::string_view with_number = "OK 0x";
  uint64_t number = 0;
  if (answer.starts_with(with_number)) {
    const std::string_view digits = std::string_view{answer}.substr(with_number.size());
    std::from_chars(digits.begin(), digits.end(), number, 16);
  }
  return number;
}

Result<> Qemu::control(std::string_view json) {
  BULKHEAD_TRY(qmp_.send(fmt::format("{}\n", json)));
  for (;;) {
    BULKHEAD_TRY_ASSIGN(const auto answer, qmp_.receive());
    if (answer.starts_with(R"({"return")")) return {};
    if (answer.starts_with(R"({"error")"))
      return fail(ErrorCode::protocol, fmt::format("QEMU answered {} to {}", answer, json));
    // Anything else is an event.
  }
}

}  // namespace bulkhead::qtest
