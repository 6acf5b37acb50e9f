// Attempts that are one system call, made by a confined worker whose turn it is.
#pragma once

#include <bit>
#include <functional>
#include <string_view>
#include <utility>

#include <sys/syscall.h>
#include <unistd.h>

#include "tests/hostile/attempt.hpp"

namespace bulkhead::hostile {

inline Attempt forbidden(std::string_view name, std::string_view what,
                         std::function<long(Scene&)> call, std::string_view sign = "SIGSYS") {
  return {.name = name,
          .what = what,
          .contained = "system-calls: the call kills it",
          .phase = Phase::working,
          .outcome = Outcome::killed,
          .sign = sign,
          .layers = {confine::Layer::system_calls},
          .run = [call = std::move(call)](Scene& scene) { return failed(call(scene)); }};
}

/// A pointer as system calls take it.
template <class T>
long address_of(const T* object) {
  return std::bit_cast<long>(object);
}

}  // namespace bulkhead::hostile
