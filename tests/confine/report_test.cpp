#include "bulkhead/confine/report.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace bulkhead::confine {
namespace {

Report made_up() {
  Observation seen;
  seen.uid = 65534;
  seen.capabilities = {{"effective", 0}, {"bounding", 0x21}};
  seen.descriptors = {{2, "pipe:[7]", "standard error"}, {5, "/etc/shadow", ""}};
  seen.interfaces = {{"lo", false}};
  seen.system_calls = {
      {.whose = "data path", .passing = {231, 335}, .conditional = {16}, .of_the_kernel = {335}}};
  return {.layers = {is_on(Layer::empty_root), lacks(Layer::landlock, "too old a kernel"),
                     forgoes(Layer::file_size, "a log grows"), lacks(Layer::no_new_code, "also")},
          .observed = seen};
}

TEST(Report, WhatIsLackingIsOneLineWithReasons) {
  EXPECT_EQ(what_is_lacking(made_up()), "landlock (too old a kernel); no-new-code (also)");
  EXPECT_EQ(what_is_lacking({.layers = {is_on(Layer::landlock)}}), "");
}

TEST(Report, TellsAPersonWhatIsLeft) {
  const auto text = to_text(made_up());
  for (const char* part :
       {"65534", "bounding 0x21", "standard error (pipe:[7])", "NOT NAMED (/etc/shadow)",
        "lo (down)", "exit_group, uretprobe (no filter stops it)", "too old a kernel", "forgone"})
    EXPECT_NE(text.find(part), std::string::npos) << part << " in\n" << text;
}

TEST(Report, TellsAProgramTheSame) {
  const auto all = nlohmann::json::parse(to_json(made_up()));
  const auto& seen = all.at("observed");
  EXPECT_EQ(seen.at("capabilities").at("bounding"), 0x21);
  EXPECT_EQ(seen.at("descriptors").at(1).at("purpose"), "");
  EXPECT_EQ(seen.at("system_calls").at(0).at("pass"), (nlohmann::json{"exit_group", "uretprobe"}));
  EXPECT_EQ(seen.at("system_calls").at(0).at("no_filter_stops"), nlohmann::json{"uretprobe"});
  EXPECT_EQ(all.at("layers").at(1).at("presence"), "lacking");
  EXPECT_FALSE(nlohmann::json::parse(to_json({})).contains("observed"));
}

}  // namespace
}  // namespace bulkhead::confine
