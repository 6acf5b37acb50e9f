// What only a process of its own can do: give up its rights.
#pragma once

#include <array>
#include <string>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bulkhead/base/owned_fd.hpp"
#include "bulkhead/confine/runtime.hpp"

namespace bulkhead::confine {

struct Ended {
  std::string said;
  int status = 0;

  [[nodiscard]] bool well() const { return WIFEXITED(status) && WEXITSTATUS(status) == 0; }
  [[nodiscard]] int signal() const { return WIFSIGNALED(status) ? WTERMSIG(status) : 0; }
};

/// Runs `body` in a child, with a descriptor to keep; what it returns is said here.
template <class Body>
Ended in_child(Body body) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) return {.said = "no pipe", .status = -1};
  OwnedFd reader{ends[0]};
  OwnedFd writer{ends[1]};
  const pid_t child = ::fork();
  if (child == 0) {
    reader.reset();
    const std::string text = body(writer.get());
    const bool written = ::write(writer.get(), text.data(), text.size()) == std::ssize(text);
    ::_exit(written ? 0 : 1);
  }
  writer.reset();
  Ended ended;
  std::array<char, 4096> part{};
  for (ssize_t size = 0; (size = ::read(reader.get(), part.data(), part.size())) > 0;)
    ended.said.append(part.data(), static_cast<size_t>(size));
  ::waitpid(child, &ended.status, 0);
  return ended;
}

/// "yes", or what errno says.
inline std::string outcome(bool succeeded) {
  return succeeded ? "yes" : std::to_string(errno);
}

}  // namespace bulkhead::confine
