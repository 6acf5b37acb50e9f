#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "bulkhead/base/mapping.hpp"
#include "bulkhead/confine/layers.hpp"

#include "tests/confine/child.hpp"

namespace bulkhead::confine {
namespace {

std::vector<Kept> kept(int fd) {
  return {{.fd = fd, .purpose = "a pipe"}};
}

TEST(NoNewFiles, NoNumberIsLeft) {
  const auto ended = in_child([](int fd) {
    const auto state = forbid_new_files(kept(fd), 0);
    return std::to_string(static_cast<int>(state.presence)) + " " + outcome(::dup(fd) >= 0);
  });
  EXPECT_EQ(ended.said, "0 " + std::to_string(EMFILE));
}

TEST(NoNewFiles, FreeNumbersBelowThePolledOnesAreTaken) {
  const auto ended = in_child([](int fd) {
    ::close(STDIN_FILENO);
    const auto state = forbid_new_files(kept(fd), 40);
    const int last = ::fcntl(39, F_GETFD);
    return std::to_string(static_cast<int>(state.presence)) + " " + outcome(::dup(fd) >= 0) + " " +
           outcome(last >= 0 && ::fcntl(STDIN_FILENO, F_GETFD) >= 0);
  });
  EXPECT_EQ(ended.said, "0 " + std::to_string(EMFILE) + " yes");
}

TEST(NoNewFiles, WithoutADescriptorThereIsNoneToTakeTheNumbers) {
  const auto ended = in_child(
      [](int) { return std::to_string(static_cast<int>(forbid_new_files({}, 4).presence)); });
  EXPECT_EQ(ended.said, std::to_string(static_cast<int>(Presence::lacking)));
}

TEST(FileSize, NoFileGrows) {
  const auto ended = in_child([](int fd) {
    static_cast<void>(::signal(SIGXFSZ, SIG_IGN));
    const OwnedFd file{::memfd_create("grows", MFD_CLOEXEC)};
    const auto state = forbid_growing_files(kept(fd));
    return std::to_string(static_cast<int>(state.presence)) + " " +
           outcome(::write(file.get(), "x", 1) == 1);
  });
  EXPECT_EQ(ended.said, "0 " + std::to_string(EFBIG));
}

TEST(FileSize, AFileThatWasNamedMayGrowAndIsNamed) {
  const auto ended = in_child([](int) {
    const OwnedFd file{::memfd_create("grows", MFD_CLOEXEC)};
    const auto state = forbid_growing_files(std::vector<Kept>{{file.get(), "the log"}});
    return std::to_string(static_cast<int>(state.presence)) + state.note + " " +
           outcome(::write(file.get(), "x", 1) == 1);
  });
  EXPECT_EQ(ended.said, "2the log is a file that grows: send it through a pipe yes");
}

TEST(FileSize, SealedMemoryDoesNotGrow) {
  const auto ended = in_child([](int) {
    const auto memory = create_sealed_memory("pool", 4_KiB, PageSize::small_4k);
    return std::to_string(static_cast<int>(
        forbid_growing_files(std::vector<Kept>{{memory->get(), "pool"}}).presence));
  });
  EXPECT_EQ(ended.said, "0");
}

TEST(NoCore, IsALimit) {
  const auto ended = in_child([](int) {
    rlimit limit{};
    const auto state = forbid_core();
    ::getrlimit(RLIMIT_CORE, &limit);
    return std::to_string(static_cast<int>(state.presence)) + std::to_string(limit.rlim_max);
  });
  EXPECT_EQ(ended.said, "00");
}

TEST(NoProcesses, NeedsAUserNamespace) {
  const auto state = forbid_processes(0, false);
  EXPECT_EQ(state.presence, Presence::lacking);
  EXPECT_NE(state.note.find("user namespace"), std::string::npos);
}

TEST(NoProcesses, NeitherForkNorAThreadThatWasNotAnnounced) {
  if (sanitized) GTEST_SKIP() << "a sanitizer's runtime has threads of its own";
  const auto ended = in_child([](int) {
    drop_identity();
    const auto namespaces = enter_user_namespace();
    if (namespaces.presence != Presence::on) return "none: " + namespaces.note;
    const auto state = forbid_processes(0, true);
    drop_capabilities();
    const pid_t child = ::fork();
    if (child == 0) ::_exit(0);
    return std::to_string(static_cast<int>(state.presence)) + " " + outcome(child > 0);
  });
  if (ended.said.starts_with("none")) GTEST_SKIP() << ended.said;
  EXPECT_EQ(ended.said, "0 " + std::to_string(EAGAIN));
}

}  // namespace
}  // namespace bulkhead::confine
