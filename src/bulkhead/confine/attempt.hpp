// Which system calls pass: found by making every one of them.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "bulkhead/base/error.hpp"
#include "bulkhead/confine/filter.hpp"
#include "bulkhead/confine/report.hpp"
#include "bulkhead/confine/system_calls.hpp"

namespace bulkhead::confine {

/// Higher than any call's number: x86-64 has some 470, and 36 more from 512 on.
inline constexpr int end_of_system_calls = 600;

/// Makes each call under these filters in a process of its own, which shares this one's memory so
/// that no mapping of a device is copied; each is made with arguments that are of no use, and once
/// more for each rule with conditions, with arguments that fulfil them. `rules` are the narrowest
/// filter's. Errors: no process could be made, or no filter loaded.
Result<PassingCalls> try_system_calls(std::string whose, std::span<Filter* const> filters,
                                      std::span<const Rule> rules);

}  // namespace bulkhead::confine
