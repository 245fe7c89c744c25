//! Many blocks at once, their results in order, bounded in memory.
//!
//! What compresses a file system or an image cuts it into blocks, works on them on all cores and
//! writes the results one behind the other. So the bytes do not depend on the number of threads.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;

/// Jobs under way for each thread: enough that a slow block does not stop the others.
const AHEAD: usize = 4;

/// Does every job with `work` on `threads` threads and hands the results to `take` in the jobs' order.
///
/// Jobs are drawn, and results taken, on the calling thread; at most four jobs a thread are between
/// the two. `state` makes what a thread keeps from job to job (a compressor, a buffer).
///
/// ```
/// use std::num::NonZeroUsize;
///
/// let mut squares = Vec::new();
/// let two = NonZeroUsize::new(2).unwrap();
/// bringup_parallel::ordered(two, 0..5, || (), |(), n| n * n, |n| {
///     squares.push(n);
///     Ok::<(), ()>(())
/// })?;
/// assert_eq!(squares, [0, 1, 4, 9, 16]);
/// # Ok::<(), ()>(())
/// ```
///
/// # Errors
/// The first one of `take`, in the jobs' order; nothing is drawn or taken after it.
///
/// # Panics
/// If `state` or `work` panics.
pub fn ordered<Job: Send, Output: Send, State, Error>(
    threads: NonZeroUsize,
    jobs: impl IntoIterator<Item = Job>,
    state: impl Fn() -> State + Sync,
    work: impl Fn(&mut State, Job) -> Output + Sync,
    mut take: impl FnMut(Output) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut jobs = jobs.into_iter();
    if threads.get() == 1 {
        let mut state = state();
        return jobs.try_for_each(|job| take(work(&mut state, job)));
    }
    let (give, given) = mpsc::channel::<(u64, Job)>();
    let given = Mutex::new(given);
    let (done, results) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..threads.get() {
            let (done, given, state, work) = (done.clone(), &given, &state, &work);
            scope.spawn(move || {
                let _gone = Gone { done: done.clone() };
                let mut state = state();
                loop {
                    let next = given.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    let Ok((number, job)) = next else { return };
                    if done.send(Some((number, work(&mut state, job)))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(done);
        // Dropped on every way out, so that the threads end.
        let give = give;
        let mut early = BTreeMap::new();
        let (mut drawn, mut taken) = (0, 0);
        loop {
            while drawn - taken < (threads.get() * AHEAD) as u64 {
                let Some(job) = jobs.next() else { break };
                give.send((drawn, job)).expect("the receiver outlives the threads");
                drawn += 1;
            }
            if drawn == taken {
                return Ok(());
            }
            let Ok(Some((number, output))) = results.recv() else {
                // A thread went without being told to: it panicked, and leaving the scope says so.
                return Ok(());
            };
            early.insert(number, output);
            while let Some(output) = early.remove(&taken) {
                take(output)?;
                taken += 1;
            }
        }
    })
}

/// Tells that a thread has ended, however it did.
struct Gone<Output> {
    done: mpsc::Sender<Option<(u64, Output)>>,
}

impl<Output> Drop for Gone<Output> {
    fn drop(&mut self) {
        // Nobody listens any more if the work is done.
        let _ = self.done.send(None);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn threads(count: usize) -> NonZeroUsize {
        NonZeroUsize::new(count).unwrap()
    }

    #[test]
    fn results_come_in_the_jobs_order() {
        for count in [1, 2, 7] {
            let mut taken = Vec::new();
            let slow_first = |(): &mut (), n: u64| {
                thread::sleep(Duration::from_micros(300 - 3 * n));
                n
            };
            let all = ordered(
                threads(count),
                0..100,
                || (),
                slow_first,
                |n| {
                    taken.push(n);
                    Ok::<_, ()>(())
                },
            );
            assert_eq!(all, Ok(()));
            assert_eq!(taken, (0..100).collect::<Vec<_>>());
        }
    }

    #[test]
    fn at_most_four_jobs_a_thread_are_under_way() {
        let drawn = std::cell::Cell::new(0);
        let taken = std::cell::Cell::new(0);
        let jobs = (0..100).inspect(|_| {
            drawn.set(drawn.get() + 1);
            assert!(drawn.get() - taken.get() <= 8, "{} drawn, {} taken", drawn.get(), taken.get());
        });
        let all = ordered(
            threads(2),
            jobs,
            || (),
            |(), n| n,
            |_| {
                taken.set(taken.get() + 1);
                Ok::<_, ()>(())
            },
        );
        assert_eq!((all, taken.get()), (Ok(()), 100));
    }

    #[test]
    fn the_first_error_ends_it() {
        for count in [1, 3] {
            let mut taken = 0;
            let all = ordered(
                threads(count),
                0..,
                || (),
                |(), n| n,
                |n| {
                    taken += 1;
                    if n == 10 { Err(n) } else { Ok(()) }
                },
            );
            assert_eq!((all, taken), (Err(10), 11));
        }
    }

    #[test]
    #[should_panic(expected = "a scoped thread panicked")]
    fn a_panic_of_the_work_is_not_waited_for() {
        let all = ordered(threads(2), 0..100, || (), |(), n| assert!(n != 5), |()| Ok::<_, ()>(()));
        assert_eq!(all, Ok(()), "never reached");
    }
}
