// Reading the small files and links of /sys and /proc. What cannot be read counts as empty.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace bulkhead::bus {

/// The first line of a file.
std::string read_line(const std::filesystem::path& file);
std::vector<std::string> read_lines(const std::filesystem::path& file);
/// A hexadecimal number with or without "0x", as sysfs writes flags and ids; otherwise 0.
uint32_t read_number(const std::filesystem::path& file);
/// A decimal number, otherwise 0.
uint64_t read_count(const std::filesystem::path& file);
std::string link_target_name(const std::filesystem::path& link);
/// The names in a folder, sorted.
std::vector<std::string> entries(const std::filesystem::path& folder);
bool is_there(const std::filesystem::path& path);
/// A line's words, between white space.
std::vector<std::string> words_of(const std::string& line);

}  // namespace bulkhead::bus
