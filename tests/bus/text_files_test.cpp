#include "bulkhead/bus/text_files.hpp"

#include <gtest/gtest.h>

#include "tests/bus/made_up_machine.hpp"

namespace bulkhead::bus {
namespace {

class TextFiles : public ::testing::Test, public MadeUpMachine {};

TEST_F(TextFiles, NumbersAreHexadecimalAndCountsAreDecimal) {
  write("/number", "0x1f");
  write("/count", "64");
  write("/neither", "unknown");
  EXPECT_EQ(read_number(machine.at("/number")), 0x1FU);
  EXPECT_EQ(read_number(machine.at("/count")), 0x64U);
  EXPECT_EQ(read_count(machine.at("/count")), 64U);
  EXPECT_EQ(read_count(machine.at("/neither")), 0U);
  EXPECT_EQ(read_number(machine.at("/missing")), 0U);
}

TEST_F(TextFiles, WhatIsMissingIsEmpty) {
  EXPECT_EQ(read_line(machine.at("/missing")), "");
  EXPECT_TRUE(read_lines(machine.at("/missing")).empty());
  EXPECT_TRUE(entries(machine.at("/missing")).empty());
  EXPECT_EQ(link_target_name(machine.at("/missing")), "");
  EXPECT_FALSE(is_there(machine.at("/missing")));
}

TEST_F(TextFiles, EntriesAreSortedAndLinksTellTheirTarget) {
  link("/folder/b", "/target/of/link");
  write("/folder/a", "first\nsecond");
  EXPECT_EQ(entries(machine.at("/folder")), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(link_target_name(machine.at("/folder/b")), "link");
  EXPECT_EQ(read_line(machine.at("/folder/a")), "first");
  EXPECT_EQ(read_lines(machine.at("/folder/a")), (std::vector<std::string>{"first", "second"}));
}

TEST_F(TextFiles, WordsLieBetweenWhiteSpace) {
  EXPECT_EQ(words_of("  a\tb  c "), (std::vector<std::string>{"a", "b", "c"}));
}

}  // namespace
}  // namespace bulkhead::bus
