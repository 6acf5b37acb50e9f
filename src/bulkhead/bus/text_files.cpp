#include "bulkhead/bus/text_files.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sstream>
#include <string_view>
#include <system_error>

namespace bulkhead::bus {
namespace {

template <class Number>
Number parse(std::string_view digits, int base) {
  Number number = 0;
  std::from_chars(digits.begin(), digits.end(), number, base);
  return number;
}

}  // namespace

std::string read_line(const std::filesystem::path& file) {
  std::ifstream stream{file};
  std::string line;
  std::getline(stream, line);
  return line;
}

std::vector<std::string> read_lines(const std::filesystem::path& file) {
  std::ifstream stream{file};
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

uint32_t read_number(const std::filesystem::path& file) {
  const std::string text = read_line(file);
  return parse<uint32_t>(std::string_view{text}.substr(text.starts_with("0x") ? 2 : 0), 16);
}

uint64_t read_count(const std::filesystem::path& file) {
  return parse<uint64_t>(read_line(file), 10);
}

std::string link_target_name(const std::filesystem::path& link) {
  std::error_code error;
  const auto target = std::filesystem::read_symlink(link, error);
  return error ? std::string{} : target.filename().string();
}

std::vector<std::string> entries(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator it{folder, error};
       !error && it != std::filesystem::directory_iterator{}; it.increment(error))
    names.push_back(it->path().filename().string());
  std::ranges::sort(names);
  return names;
}

bool is_there(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::exists(path, error);
}

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream stream{line};
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

}  // namespace bulkhead::bus
