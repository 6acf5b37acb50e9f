// How a test comes by one of QEMU's devices.
#pragma once

#include <gtest/gtest.h>

#include "tests/qtest/function.hpp"

/// Starts QEMU with the function that the options (qtest::Function::Options, in braces) describe,
/// or skips the test where QEMU is not installed. For a test's body or SetUp().
#define START_OR_SKIP(function, ...)                                            \
  do {                                                                          \
    auto started = ::bulkhead::qtest::Function::start(__VA_ARGS__);             \
    if (!started && started.error().code == ::bulkhead::ErrorCode::not_found) { \
      GTEST_SKIP() << started.error().message();                                \
    }                                                                           \
    ASSERT_TRUE(started) << started.error().message();                          \
    (function) = *std::move(started);                                           \
  } while (false)
