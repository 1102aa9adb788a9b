namespace Pawl.Tests.Experiments;

/// <summary>A store at whose n-th write the process dies: right before the commit, so that nothing of it is kept, or right after, so that nobody hears of it.</summary>
/// <param name="inner">The store.</param>
/// <param name="write">The number of the write, from 1.</param>
/// <param name="isBefore">Whether it dies before the commit.</param>
/// <param name="die">Does not return.</param>
internal sealed class DyingStore(IStore inner, int write, bool isBefore, Action die) : IStore
{
    private int _writes;

    public string Identity => inner.Identity;

    public async Task<T> WriteAsync<T>(Func<ITransaction, T> work, CancellationToken cancellationToken = default)
    {
        var isLast = Interlocked.Increment(ref _writes) == write;
        var result = await inner.WriteAsync(
            transaction =>
            {
                var made = work(transaction);
                if (isLast && isBefore) die();
                return made;
            },
            cancellationToken).ConfigureAwait(false);
        if (isLast) die();
        return result;
    }
}
