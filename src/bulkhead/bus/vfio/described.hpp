// Descriptions that the kernel gives in a structure with argsz, and a list of capabilities behind
// it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <sys/ioctl.h>

#include "bulkhead/base/bytes.hpp"
#include "bulkhead/base/error.hpp"

namespace bulkhead::vfio {

/// Asks with an ioctl that takes a T, and again with more room if the kernel has more to say.
/// `question.argsz` is filled in. The answer begins with a T.
template <class T>
Result<std::vector<std::byte>> describe(int fd, unsigned long request, T question,
                                        const char* what) {
  constexpr uint32_t largest = 64U << 10U;
  uint32_t room = sizeof(T);
  while (true) {
    question.argsz = room;
    std::vector<std::byte> answer;
    append(answer, question);
    answer.resize(room);
    if (::ioctl(fd, request, answer.data()) != 0) return fail_errno(what);
    const auto needed = from_bytes<T>(answer).argsz;
    if (needed <= room) return answer;
    if (needed > largest) return fail(ErrorCode::protocol, what, "the kernel's answer is too long");
    room = needed;
  }
}

}  // namespace bulkhead::vfio
