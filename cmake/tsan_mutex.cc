// SPDX-License-Identifier: Apache-2.0
//
// For builds with SANITIZE=thread only. Debian's Abseil is compiled without the sanitizer, which
// then sees no order between threads that share an absl::Mutex and reports races that are none.
// These definitions, in the executable, come before the library's: they call those and tell the
// sanitizer.
#include <dlfcn.h>

#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include <sanitizer/tsan_interface.h>

#define BERTH_INLINE_NAMESPACE "7debian3"
// Mangled names; Debian puts Abseil into the inline namespace debian3.
#define BERTH_MUTEX(rest) "_ZN4absl" BERTH_INLINE_NAMESPACE "5Mutex" rest
#define BERTH_CONDVAR(rest) "_ZN4absl" BERTH_INLINE_NAMESPACE "7CondVar" rest
#define BERTH_CONDITION "ERKNS0_9ConditionE"

namespace absl {
ABSL_NAMESPACE_BEGIN
namespace {

template <typename Function>
Function* Original(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

void Acquired(void* lock) {
  __tsan_acquire(lock);
}
void Releasing(void* lock) {
  __tsan_release(lock);
}

}  // namespace

void Mutex::Lock() {
  static auto* const original = Original<void(Mutex*)>(BERTH_MUTEX("4LockEv"));
  original(this);
  Acquired(this);
}

void Mutex::Unlock() {
  static auto* const original = Original<void(Mutex*)>(BERTH_MUTEX("6UnlockEv"));
  Releasing(this);
  original(this);
}

bool Mutex::TryLock() {
  static auto* const original = Original<bool(Mutex*)>(BERTH_MUTEX("7TryLockEv"));
  const bool locked = original(this);
  if (locked) {
    Acquired(this);
  }
  return locked;
}

void Mutex::ReaderLock() {
  static auto* const original = Original<void(Mutex*)>(BERTH_MUTEX("10ReaderLockEv"));
  original(this);
  Acquired(this);
}

void Mutex::ReaderUnlock() {
  static auto* const original = Original<void(Mutex*)>(BERTH_MUTEX("12ReaderUnlockEv"));
  Releasing(this);
  original(this);
}

void Mutex::LockWhen(const Condition& condition) {
  static auto* const original =
      Original<void(Mutex*, const Condition&)>(BERTH_MUTEX("8LockWhen" BERTH_CONDITION));
  Releasing(this);  // the condition, which other threads evaluate
  original(this, condition);
  Acquired(this);
}

bool Mutex::LockWhenWithDeadline(const Condition& condition, Time deadline) {
  static auto* const original = Original<bool(Mutex*, const Condition&, Time)>(
      BERTH_MUTEX("20LockWhenWithDeadline" BERTH_CONDITION "NS0_4TimeE"));
  Releasing(this);
  const bool met = original(this, condition, deadline);
  Acquired(this);
  return met;
}

bool Mutex::LockWhenWithTimeout(const Condition& condition, Duration timeout) {
  static auto* const original = Original<bool(Mutex*, const Condition&, Duration)>(
      BERTH_MUTEX("19LockWhenWithTimeout" BERTH_CONDITION "NS0_8DurationE"));
  Releasing(this);
  const bool met = original(this, condition, timeout);
  Acquired(this);
  return met;
}

void Mutex::Await(const Condition& condition) {
  static auto* const original =
      Original<void(Mutex*, const Condition&)>(BERTH_MUTEX("5Await" BERTH_CONDITION));
  Releasing(this);
  original(this, condition);
  Acquired(this);
}

bool Mutex::AwaitWithDeadline(const Condition& condition, Time deadline) {
  static auto* const original = Original<bool(Mutex*, const Condition&, Time)>(
      BERTH_MUTEX("17AwaitWithDeadline" BERTH_CONDITION "NS0_4TimeE"));
  Releasing(this);
  const bool met = original(this, condition, deadline);
  Acquired(this);
  return met;
}

bool Mutex::AwaitWithTimeout(const Condition& condition, Duration timeout) {
  static auto* const original = Original<bool(Mutex*, const Condition&, Duration)>(
      BERTH_MUTEX("16AwaitWithTimeout" BERTH_CONDITION "NS0_8DurationE"));
  Releasing(this);
  const bool met = original(this, condition, timeout);
  Acquired(this);
  return met;
}

void CondVar::Wait(Mutex* mutex) {
  static auto* const original =
      Original<void(CondVar*, Mutex*)>(BERTH_CONDVAR("4WaitEPNS0_5MutexE"));
  Releasing(mutex);
  original(this, mutex);
  Acquired(mutex);
}

bool CondVar::WaitWithDeadline(Mutex* mutex, Time deadline) {
  static auto* const original = Original<bool(CondVar*, Mutex*, Time)>(
      BERTH_CONDVAR("16WaitWithDeadlineEPNS0_5MutexENS0_4TimeE"));
  Releasing(mutex);
  const bool passed = original(this, mutex, deadline);
  Acquired(mutex);
  return passed;
}

bool CondVar::WaitWithTimeout(Mutex* mutex, Duration timeout) {
  static auto* const original = Original<bool(CondVar*, Mutex*, Duration)>(
      BERTH_CONDVAR("15WaitWithTimeoutEPNS0_5MutexENS0_8DurationE"));
  Releasing(mutex);
  const bool passed = original(this, mutex, timeout);
  Acquired(mutex);
  return passed;
}

ABSL_NAMESPACE_END
}  // namespace absl
