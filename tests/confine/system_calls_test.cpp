#include "bulkhead/confine/system_calls.hpp"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>
#include <sys/syscall.h>

namespace bulkhead::confine {
namespace {

std::set<int> numbers(SystemCalls calls, bool threads = false) {
  std::set<int> found;
  for (const Rule& rule : rules_for(calls, threads)) found.insert(rule.number);
  return found;
}

TEST(SystemCallRules, ADataPathHasNextToNone) {
  EXPECT_EQ(numbers(SystemCalls::polling), (std::set<int>{SYS_exit_group}));
  EXPECT_EQ(numbers(SystemCalls::interrupts),
            (std::set<int>{SYS_exit_group, SYS_read, SYS_write, SYS_ppoll}));
  EXPECT_EQ(numbers(SystemCalls::port_io),
            (std::set<int>{SYS_exit_group, SYS_read, SYS_write, SYS_ppoll, SYS_pwrite64}));
}

TEST(SystemCallRules, NobodyOpensFilesOrSocketsOrStartsPrograms) {
  for (const auto calls : {SystemCalls::control, SystemCalls::interrupts, SystemCalls::polling})
    for (const int number : {SYS_open, SYS_openat, SYS_socket, SYS_connect, SYS_execve, SYS_fork,
                             SYS_ptrace, SYS_kill, SYS_mount, SYS_bpf, SYS_io_uring_setup})
      EXPECT_FALSE(numbers(calls, true).contains(number))
          << to_string(calls) << ": " << name_of_system_call(number);
}

TEST(SystemCallRules, OnlyWhoStartsThreadsMay) {
  EXPECT_FALSE(numbers(SystemCalls::control).contains(SYS_clone));
  EXPECT_TRUE(numbers(SystemCalls::control, true).contains(SYS_clone));
}

TEST(SystemCallRules, WhatMapsMemoryHasConditions) {
  for (const Rule& rule : rules_for(SystemCalls::control, true))
    if (rule.number == SYS_mmap || rule.number == SYS_mprotect || rule.number == SYS_ioctl ||
        rule.number == SYS_clone) {
      EXPECT_FALSE(rule.conditions.empty()) << name_of_system_call(rule.number);
    }
}

TEST(SystemCallNames, AreThoseOfTheKernel) {
  EXPECT_EQ(name_of_system_call(SYS_ppoll), "ppoll");
  EXPECT_EQ(name_of_system_call(335), "uretprobe");
  EXPECT_EQ(name_of_system_call(599), "599");
}

}  // namespace
}  // namespace bulkhead::confine
