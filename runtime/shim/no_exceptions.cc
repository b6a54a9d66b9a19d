// SPDX-License-Identifier: Apache-2.0

// What the C++ library's headers expect of a library that throws. The shim is built without one:
// here a failure of this kind is a bug or the end of memory, and ends the process.
#include <cstddef>
#include <cstdlib>
#include <new>
#include <string>

void* __dso_handle = nullptr;

void* operator new(size_t size) {
  void* memory = malloc(size);
  if (memory == nullptr) {
    abort();
  }
  return memory;
}
void* operator new[](size_t size) {
  return operator new(size);
}
void operator delete(void* memory) noexcept {
  free(memory);
}
void operator delete(void* memory, size_t) noexcept {
  free(memory);
}
void operator delete[](void* memory) noexcept {
  free(memory);
}
void operator delete[](void* memory, size_t) noexcept {
  free(memory);
}

namespace std {

template class allocator<char>;

void __throw_length_error(const char*) {
  abort();
}
void __throw_logic_error(const char*) {
  abort();
}
void __throw_bad_alloc() {
  abort();
}
void __throw_bad_array_new_length() {
  abort();
}
void __throw_out_of_range_fmt(const char*, ...) {
  abort();
}
void __glibcxx_assert_fail(const char*, int, const char*, const char*) noexcept {
  abort();
}

}  // namespace std
