// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

// How plans are laid out in bytes. Numbers are in native order and unaligned; text is its length,
// its bytes and a NUL, so that it can be used in place as a C string; a list is its length and its
// elements. Each structure is described once, by a function `Fields(archive, structure)` that both
// PlanWriter and PlanReader go through.
namespace berth::runtime {

// Text of a plan that stays where it lies; followed by a NUL.
using PlanText = std::string_view;

template <typename T>
concept PlanNumber = std::is_integral_v<T> || std::is_enum_v<T>;

class PlanWriter {
 public:
  explicit PlanWriter(std::string& out) : out_(out) {}

  template <PlanNumber T>
  void operator()(const T& number) {
    Append(&number, sizeof(number));
  }
  void operator()(const std::string& text) {
    (*this)(static_cast<uint32_t>(text.size()));
    Append(text.c_str(), text.size() + 1);
  }
  void Bytes(const std::string& bytes) { (*this)(bytes); }
  template <typename T>
  void operator()(const std::vector<T>& list) {
    (*this)(static_cast<uint32_t>(list.size()));
    for (const T& element : list) {
      if constexpr (PlanNumber<T> || std::is_same_v<T, std::string>) {
        (*this)(element);
      } else {
        Fields(*this, element);
      }
    }
  }

 private:
  void Append(const void* bytes, size_t size) {
    out_.append(static_cast<const char*>(bytes), size);
  }
  std::string& out_;
};

// After the first thing that does not fit, reads nothing more and is not ok().
class PlanReader {
 public:
  PlanReader(const char* bytes, size_t size) : position_(bytes), left_(size) {}

  bool ok() const { return ok_; }
  bool at_end() const { return ok_ && left_ == 0; }

  template <PlanNumber T>
  void operator()(T& number) {
    if (const char* bytes = Take(sizeof(T)); bytes != nullptr) {
      if constexpr (std::is_same_v<T, bool>) {
        Check(*bytes == 0 || *bytes == 1);
        number = *bytes == 1;
      } else {
        memcpy(&number, bytes, sizeof(T));
      }
    }
  }
  void operator()(PlanText& text) {
    text = TakeText();
    Check(memchr(text.data(), '\0', text.size()) == nullptr);
  }
  void operator()(std::string& text) {
    PlanText in_place;
    (*this)(in_place);
    text.assign(in_place);
  }
  void Bytes(std::string& bytes) { bytes.assign(TakeText()); }
  template <typename T>
  void operator()(std::vector<T>& list) {
    uint32_t count = 0;
    (*this)(count);
    for (uint32_t i = 0; i < count && ok_;
         ++i) {  // grows with what is there, not with what is claimed
      T& element = list.emplace_back();
      if constexpr (PlanNumber<T> || std::is_same_v<T, std::string>) {
        (*this)(element);
      } else {
        Fields(*this, element);
      }
    }
  }

  void Check(bool condition) { ok_ = ok_ && condition; }

 private:
  const char* Take(size_t size) {
    Check(size <= left_);
    if (!ok_) {
      return nullptr;
    }
    left_ -= size;
    const char* taken = position_;
    position_ += size;
    return taken;
  }
  PlanText TakeText() {
    uint32_t size = 0;
    (*this)(size);
    const char* bytes = Take(size_t{size} + 1);
    Check(bytes != nullptr && bytes[size] == '\0');
    return ok_ ? PlanText(bytes, size) : PlanText("");
  }

  const char* position_;
  size_t left_;
  bool ok_ = true;
};

}  // namespace berth::runtime
