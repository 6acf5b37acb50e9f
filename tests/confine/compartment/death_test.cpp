#include "bulkhead/confine/compartment/death.hpp"

#include <gtest/gtest.h>

namespace bulkhead::confine {
namespace {

siginfo_t ended(int code, int status) {
  siginfo_t info{};
  info.si_code = code;
  info.si_status = status;
  return info;
}

TEST(Death, SignalsAreToldByTheirNames) {
  EXPECT_EQ(Death::of(ended(CLD_KILLED, SIGKILL)).to_string(), "killed by SIGKILL (Killed)");
  EXPECT_EQ(Death::of(ended(CLD_DUMPED, SIGSEGV)).to_string(),
            "killed by SIGSEGV (Segmentation fault)");
  EXPECT_EQ(Death::of(ended(CLD_KILLED, SIGSYS)).to_string(),
            "killed by SIGSYS (a system call that the sandbox does not let through)");
  EXPECT_EQ(Death::of(ended(CLD_KILLED, 4711)).to_string(), "killed by signal 4711");
}

TEST(Death, AnExitThatNobodyAskedForIsADeathWhateverItsCodeSays) {
  EXPECT_EQ(Death::of(ended(CLD_EXITED, 0)).to_string(), "exited with 0 though nobody had asked");
}

TEST(Death, WhatItSaidItselfComesFirst) {
  auto death = Death::of(ended(CLD_EXITED, 1));
  death.said = "no memory";
  EXPECT_EQ(death.to_string(), "no memory");
}

}  // namespace
}  // namespace bulkhead::confine
