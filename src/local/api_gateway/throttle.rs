//! The token bucket of a key.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html>

use std::time::Duration;

use crate::local::api_gateway::model::Throttle;

/// A bucket. Times are since the gateway began; they come in, so that tests need not wait.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bucket {
    tokens: f64,
    /// When `tokens` was right.
    at: Duration,
}

impl Bucket {
    /// A full bucket.
    pub(super) fn full(throttle: Throttle, now: Duration) -> Self {
        Self { tokens: burst(throttle), at: now }
    }

    /// Takes a token, if there is one. The bounds may be others than last time: the bucket keeps what it holds of it.
    pub(super) fn take(&mut self, throttle: Throttle, now: Duration) -> bool {
        let passed = now.saturating_sub(self.at).as_secs_f64();
        self.tokens = (self.tokens + passed * throttle.rate_limit.max(0.0)).min(burst(throttle));
        self.at = self.at.max(now);
        let taken = self.tokens >= 1.0;
        if taken {
            self.tokens -= 1.0;
        }
        taken
    }
}

#[expect(clippy::cast_precision_loss, reason = "no burst comes near 2^53")]
fn burst(throttle: Throttle) -> f64 {
    throttle.burst_limit as f64
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Bucket, Throttle};

    #[test]
    fn a_burst_then_the_rate_then_never_more_than_the_burst() {
        let throttle = Throttle { rate_limit: 2.0, burst_limit: 3 };
        let mut bucket = Bucket::full(throttle, Duration::ZERO);
        let mut take = |milliseconds| bucket.take(throttle, Duration::from_millis(milliseconds));
        let taken: Vec<bool> = [0, 0, 0, 0, 499, 500, 501, 1_000, 1_001].into_iter().map(&mut take).collect();
        assert_eq!(taken, [true, true, true, false, false, true, false, true, false]);
        let taken: Vec<bool> = [60_000; 4].into_iter().map(&mut take).collect();
        assert_eq!(taken, [true, true, true, false], "it holds three, however long it waits");
        assert!(!take(0), "time that goes back brings nothing");
    }

    #[test]
    fn other_bounds_hold_at_once() {
        let wide = Throttle { rate_limit: 1.0, burst_limit: 100 };
        let mut bucket = Bucket::full(wide, Duration::ZERO);
        let narrow = Throttle { rate_limit: 0.0, burst_limit: 1 };
        assert!(bucket.take(narrow, Duration::ZERO));
        assert!(!bucket.take(narrow, Duration::from_secs(9)));
        assert!(bucket.take(wide, Duration::from_secs(10)));
        let closed = Throttle { rate_limit: 5.0, burst_limit: 0 };
        assert!(!bucket.take(closed, Duration::from_secs(99)));
    }
}
