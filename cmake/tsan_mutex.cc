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

// A waiter's condition, which any thread that holds the lock may evaluate on its way out.
class Announced {
 public:
  Announced(Mutex* lock, const Condition& condition) : lock_(lock), condition_(condition) {
    Releasing(lock_);
  }
  ~Announced() { Acquired(lock_); }
  Announced(const Announced&) = delete;
  Announced& operator=(const Announced&) = delete;

  const Condition& get() const { return evaluate_; }

 private:
  bool Evaluate() const {
    Acquired(lock_);
    const bool met = condition_.Eval();
    Releasing(lock_);
    return met;
  }

  Mutex* const lock_;
  const Condition& condition_;
  const Condition evaluate_{this, &Announced::Evaluate};
};

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
  const Announced announced(this, condition);
  original(this, announced.get());
}

bool Mutex::LockWhenWithDeadline(const Condition& condition, Time deadline) {
  static auto* const original = Original<bool(Mutex*, const Condition&, Time)>(
      BERTH_MUTEX("20LockWhenWithDeadline" BERTH_CONDITION "NS0_4TimeE"));
  const Announced announced(this, condition);
  return original(this, announced.get(), deadline);
}

bool Mutex::LockWhenWithTimeout(const Condition& condition, Duration timeout) {
  static auto* const original = Original<bool(Mutex*, const Condition&, Duration)>(
      BERTH_MUTEX("19LockWhenWithTimeout" BERTH_CONDITION "NS0_8DurationE"));
  const Announced announced(this, condition);
  return original(this, announced.get(), timeout);
}

void Mutex::Await(const Condition& condition) {
  static auto* const original =
      Original<void(Mutex*, const Condition&)>(BERTH_MUTEX("5Await" BERTH_CONDITION));
  const Announced announced(this, condition);
  original(this, announced.get());
}

bool Mutex::AwaitWithDeadline(const Condition& condition, Time deadline) {
  static auto* const original = Original<bool(Mutex*, const Condition&, Time)>(
      BERTH_MUTEX("17AwaitWithDeadline" BERTH_CONDITION "NS0_4TimeE"));
  const Announced announced(this, condition);
  return original(this, announced.get(), deadline);
}

bool Mutex::AwaitWithTimeout(const Condition& condition, Duration timeout) {
  static auto* const original = Original<bool(Mutex*, const Condition&, Duration)>(
      BERTH_MUTEX("16AwaitWithTimeout" BERTH_CONDITION "NS0_8DurationE"));
  const Announced announced(this, condition);
  return original(this, announced.get(), timeout);
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
