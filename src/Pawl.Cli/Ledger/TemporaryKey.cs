using System.Security.Cryptography;
using Pawl.Ledger;

namespace Pawl.Cli.Ledger;

/// <summary>A key for a demonstration: it signs nothing with this host's, and leaves nothing outside of its folder.</summary>
internal static class TemporaryKey
{
    /// <summary>Makes one in a new file, or takes the one that is there.</summary>
    public static LedgerKey Create(string path)
    {
        if (File.Exists(path)) return LedgerKey.Load(path);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var file = new StreamWriter(path, options)) file.Write(key.ExportPkcs8PrivateKeyPem());
        return LedgerKey.Load(path);
    }
}
