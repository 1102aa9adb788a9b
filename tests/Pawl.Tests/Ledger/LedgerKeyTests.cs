using System.Security.Cryptography;
using Pawl.Ledger;
using Xunit;

namespace Pawl.Tests.Ledger;

public sealed class LedgerKeyTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Create_ManyAtOnce_LeavesOneKeyForAll()
    {
        for (var n = 0; n < 50; n++) LeavesOneKeyForAll($"deep/er-{n}");
    }

    private void LeavesOneKeyForAll(string folder)
    {
        var path = _folder[folder + "/ledger.pem"];

        var ids = new string[16];
        Parallel.For(0, ids.Length, n =>
        {
            KeyFile.Create(path);
            using var key = LedgerKey.Load(path, "host");
            ids[n] = key.PublicKey.Id;
        });

        Assert.Single(ids.Distinct());
        Assert.Equal([path], Directory.GetFiles(_folder[folder]));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        Assert.StartsWith("-----BEGIN PRIVATE KEY-----", File.ReadAllText(path), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("build-7", "pawl/build-7")]
    [InlineData("a b+c\n", "pawl/abc")]
    [InlineData("ü", "pawl/host")]
    public void Load_AnyHostName_GivesANameForSignatureLines(string host, string name)
    {
        using var key = LedgerScene.NewKey(_folder, "k");
        using var named = LedgerKey.Load(_folder["k.pem"], host);

        Assert.Equal(name, named.Signer.Name);
        Assert.Equal(key.PublicKey.Id, named.PublicKey.Id);
    }

    [Fact]
    public void TryParse_ThePublicHalf_GivesTheSameKeyAndNothingElseDoes()
    {
        using var key = LedgerScene.NewKey(_folder, "k");
        using var p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);

        Assert.True(LedgerPublicKey.TryParse(key.PublicKey.Pem, out var read));
        Assert.Equal(key.PublicKey.Pem, read.Pem);
        Assert.False(LedgerPublicKey.TryParse(File.ReadAllText(_folder["k.pem"]), out _));
        Assert.False(LedgerPublicKey.TryParse(p384.ExportSubjectPublicKeyInfoPem(), out _));
        Assert.False(LedgerPublicKey.TryParse("", out _));
        Assert.False(LedgerPublicKey.TryParse(new string('x', 10_000), out _));
    }

    public void Dispose() => _folder.Dispose();
}
