#include "model/wires/pcap.hpp"

#include <csignal>

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "tests/model/wires/scratch.hpp"

namespace bulkhead::model {
namespace {

using test::frame;
using test::Scratch;
using test::slurp;
using test::spill;

template <class T>
std::string raw(T value) {
  std::string text(sizeof value, '\0');
  for (size_t i = 0; i < sizeof value; ++i) text[i] = static_cast<char>(value >> (8 * i));
  return text;
}

std::string file_header(uint32_t magic, uint32_t link_type = 1) {
  return raw(magic) + raw(uint16_t{2}) + raw(uint16_t{4}) + raw(uint64_t{0}) +
         raw(uint32_t{65535}) + raw(link_type);
}

std::string packet(size_t size, char filling) {
  return raw(uint32_t{1}) + raw(uint32_t{2}) + raw(static_cast<uint32_t>(size)) +
         raw(static_cast<uint32_t>(size)) + std::string(size, filling);
}

TEST(Pcap, ReplaysBothTimeResolutions) {
  for (const uint32_t magic : {0xA1B2C3D4U, 0xA1B23C4DU}) {
    const Scratch scratch;
    spill(scratch.file("in"), file_header(magic) + packet(60, 'a') + packet(1514, 'b'));
    auto wire = open_wire("pcap:" + scratch.file("in"));
    ASSERT_TRUE(wire) << wire.error().message();
    EXPECT_FALSE((*wire)->ended());
    ASSERT_EQ((*wire)->peek().size(), 60U);
    EXPECT_EQ((*wire)->peek()[0], std::byte{'a'}) << "the same frame until it is consumed";
    (*wire)->consume();
    EXPECT_EQ((*wire)->peek().size(), 1514U);
    (*wire)->consume();
    EXPECT_TRUE((*wire)->peek().empty());
    EXPECT_TRUE((*wire)->ended());
    EXPECT_TRUE((*wire)->finish());
  }
}

TEST(Pcap, PadsFramesThatWereCapturedBeforeTheNicDid) {
  const Scratch scratch;
  spill(scratch.file("in"), file_header(0xA1B2C3D4) + packet(42, 'a'));
  auto wire = open_wire("pcap:" + scratch.file("in"));
  ASSERT_TRUE(wire);
  ASSERT_EQ((*wire)->peek().size(), 60U);
  EXPECT_EQ((*wire)->peek()[41], std::byte{'a'});
  EXPECT_EQ((*wire)->peek()[42], std::byte{0});
}

TEST(Pcap, OutputAppearsOnlyWhenItIsComplete) {
  const Scratch scratch;
  const auto out = scratch.file("out");
  {
    auto wire = open_wire("pcap:," + out);
    ASSERT_TRUE(wire) << wire.error().message();
    EXPECT_TRUE((*wire)->transmit(frame(60, 1)));
    EXPECT_TRUE((*wire)->transmit(frame(9000, 2)));
    EXPECT_TRUE(std::filesystem::exists(out + ".partial"));
    EXPECT_FALSE(std::filesystem::exists(out));
    EXPECT_TRUE((*wire)->finish());
    EXPECT_TRUE((*wire)->finish()) << "again";
  }
  EXPECT_FALSE(std::filesystem::exists(out + ".partial"));
  EXPECT_EQ(slurp(out).size(), 24U + 16 + 60 + 16 + 9000);

  auto again = open_wire("pcap:" + out);
  ASSERT_TRUE(again);
  EXPECT_EQ((*again)->peek().size(), 60U);
  (*again)->consume();
  const auto second = (*again)->peek();
  EXPECT_EQ(std::vector<std::byte>(second.begin(), second.end()), frame(9000, 2));
}

TEST(Pcap, WithoutFinishOnlyThePartialFileIsThere) {
  const Scratch scratch;
  {
    auto wire = open_wire("pcap:," + scratch.file("out"));
    ASSERT_TRUE(wire);
    EXPECT_TRUE((*wire)->transmit(frame(60, 1)));
  }
  EXPECT_TRUE(std::filesystem::exists(scratch.file("out.partial")));
  EXPECT_FALSE(std::filesystem::exists(scratch.file("out")));
}

TEST(Pcap, AFullDiskIsAnErrorAndLeavesNothing) {
  const Scratch scratch;
  auto wire = open_wire("pcap:," + scratch.file("out"));
  ASSERT_TRUE(wire);
  // A limit on file sizes fails write(2) as a full disk does, and needs no disk of its own.
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{.rlim_cur = 4096, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  for (int i = 0; i < 400; ++i) EXPECT_TRUE((*wire)->transmit(frame(1514, 3)));
  const auto result = (*wire)->finish();
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().message().find(scratch.file("out")), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(scratch.file("out")));
  EXPECT_FALSE(std::filesystem::exists(scratch.file("out.partial")));
}

TEST(Pcap, ATruncatedFileNamesThePacket) {
  const Scratch scratch;
  auto bytes = file_header(0xA1B2C3D4) + packet(60, 'a') + packet(60, 'b');
  bytes.resize(bytes.size() - 10);
  spill(scratch.file("in"), bytes);
  auto wire = open_wire("pcap:" + scratch.file("in"));
  ASSERT_TRUE(wire);
  EXPECT_EQ((*wire)->peek().size(), 60U);
  (*wire)->consume();
  EXPECT_TRUE((*wire)->peek().empty());
  EXPECT_TRUE((*wire)->ended());
  const auto result = (*wire)->finish();
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().what.find("packet 2"), std::string::npos) << result.error().what;
}

TEST(Pcap, APacketThatWasCutShortByTheCaptureIsAnError) {
  const Scratch scratch;
  const auto cut = raw(uint32_t{1}) + raw(uint32_t{2}) + raw(uint32_t{96}) + raw(uint32_t{1514}) +
                   std::string(96, 'b');
  spill(scratch.file("in"), file_header(0xA1B2C3D4) + packet(60, 'a') + cut + packet(60, 'c'));
  auto wire = open_wire("pcap:" + scratch.file("in"));
  ASSERT_TRUE(wire);
  EXPECT_EQ((*wire)->peek().size(), 60U);
  (*wire)->consume();
  EXPECT_TRUE((*wire)->peek().empty());
  EXPECT_TRUE((*wire)->ended());
  const auto result = (*wire)->finish();
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().what.find("packet 2: only 96 of its 1514 bytes"), std::string::npos)
      << result.error().what;
}

TEST(Pcap, OtherFilesAreRefused) {
  const Scratch scratch;
  spill(scratch.file("text"), "this is no capture file, it only has some length");
  spill(scratch.file("empty"), "");
  spill(scratch.file("wifi"), file_header(0xA1B2C3D4, 105));
  for (const auto* name : {"text", "empty", "wifi"}) {
    const auto wire = open_wire("pcap:" + scratch.file(name));
    ASSERT_FALSE(wire) << name;
    EXPECT_EQ(wire.error().code, ErrorCode::io) << name;
    EXPECT_NE(wire.error().what.find(scratch.file(name)), std::string::npos);
  }
  EXPECT_EQ(open_wire("pcap:" + scratch.file("missing")).error().code, ErrorCode::not_found);
  EXPECT_FALSE(open_wire("pcap:," + scratch.file("no/such/folder")));
}

}  // namespace
}  // namespace bulkhead::model
