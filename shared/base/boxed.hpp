#pragma once

#include <memory>
#include <utility>

namespace troth {

/// A value that is rarely there: `std::optional` at the cost of a pointer. Copies are deep.
template <class T>
class boxed {
public:
  boxed() = default;
  boxed(T value) : value_(std::make_unique<T>(std::move(value))) {}
  boxed(const boxed& other) : value_(other ? std::make_unique<T>(*other) : nullptr) {}
  boxed(boxed&&) noexcept = default;
  ~boxed() = default;

  boxed& operator=(boxed other) noexcept {
    value_.swap(other.value_);
    return *this;
  }

  /// Puts a default value there.
  T& emplace() {
    value_ = std::make_unique<T>();
    return *value_;
  }

  bool has_value() const noexcept { return value_ != nullptr; }
  explicit operator bool() const noexcept { return has_value(); }

  /// @pre `has_value()`
  T& operator*() noexcept { return *value_; }
  const T& operator*() const noexcept { return *value_; }
  T* operator->() noexcept { return value_.get(); }
  const T* operator->() const noexcept { return value_.get(); }

  friend bool operator==(const boxed& a, const boxed& b) {
    return a && b ? *a == *b : a.has_value() == b.has_value();
  }

private:
  std::unique_ptr<T> value_;
};

} // namespace troth
