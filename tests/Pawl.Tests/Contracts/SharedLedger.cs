using Pawl.Tests.Ledger;

namespace Pawl.Tests.Contracts;

/// <summary>One ledger for all tests of a class: each takes its damage back.</summary>
public sealed class SharedLedger : IAsyncDisposable
{
    private IDatabases? _databases;
    private LedgerScene? _scene;

    internal async Task<LedgerScene> SceneAsync(Func<IDatabases> databases, int receipts, int[] checkpoints) =>
        _scene ??= await LedgerScene.CreateAsync(_databases = databases(), receipts, checkpoints);

    public async ValueTask DisposeAsync()
    {
        if (_scene is not null) await _scene.DisposeAsync();
        _databases?.Dispose();
    }
}
