using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Pawl.Ledger;

/// <summary>The files that keys stand in.</summary>
internal static class KeyFile
{
    private const int Bytes = 64 * 1024;
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>The text of a key's file.</summary>
    public static string Read(string path)
    {
        if (Directory.Exists(path)) throw new BadInputException($"{path} is a directory, not the file of a key.");
        if (!File.Exists(path)) throw new BadInputException($"There is no key {path}. Name the file of a key that exists.");
        if (new FileInfo(path).Length > Bytes) throw new BadInputException($"{path} is {new FileInfo(path).Length} bytes long: that is no key. Name a PEM file.");
        try
        {
            return File.ReadAllText(path);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new BadInputException($"The key {path} cannot be read by this user. Change its owner, or name another key.", e);
        }
    }

    /// <summary>Refuses a private key that others can read.</summary>
    public static void ExpectPrivate(string path)
    {
        if (OperatingSystem.IsWindows()) return;
        var mode = File.GetUnixFileMode(path);
        if ((mode & Others) != UnixFileMode.None)
            throw new BadInputException($"Others than its owner may use the key {path} (mode {Convert.ToString((int)mode, 8)}). Take that away: chmod 600 {path}");
    }

    /// <summary>Whether importing a key failed because of what was to be imported; a curve that nobody knows is not supported on any platform.</summary>
    public static bool IsNoKey(Exception e) => e is CryptographicException or ArgumentException or PlatformNotSupportedException;

    /// <summary>A key on P-256, of whatever halves the file has.</summary>
    public static ECDsa Parse(string pem, string path, string wanted)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
            if (LedgerPublicKey.IsP256(key)) return key;
            key.Dispose();
        }
        catch (Exception e) when (IsNoKey(e))
        {
            key.Dispose();
            throw new BadInputException($"{path} does not hold {wanted} as PEM, ECDSA on P-256, unencrypted. Make one: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256", e);
        }

        throw new BadInputException($"The key in {path} is not on the curve P-256. Make one: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256");
    }

    /// <summary>
    /// Writes a new private key, whole or not at all and readable by its owner alone; where a file of that name is there already, it stays.
    /// </summary>
    public static void Create(string path)
    {
        Folders.CreatePrivate(Path.GetDirectoryName(path)!);
        var temporary = $"{path}.{Environment.ProcessId}-{RandomNumberGenerator.GetHexString(8, lowercase: true)}";
        try
        {
            using (var key = ECDsa.Create(ECCurve.NamedCurves.nistP256))
            using (var file = new FileStream(temporary, Folders.Private(FileMode.CreateNew)))
            {
                file.Write(System.Text.Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem() + "\n"));
                file.Flush(flushToDisk: true);
            }

            Publish(temporary, path);
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another process was first: its key is the one.
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    // File.Move looks for the target and then renames, so of two at once the second replaces the first one's key. A hard link looks and
    // takes in one step; where a file system has none, the move is all there is.
    private static void Publish(string temporary, string path)
    {
        if (!OperatingSystem.IsWindows() && Link(temporary, path) == 0) return;
        File.Move(temporary, path, overwrite: false);
    }

    [DllImport("libc", EntryPoint = "link")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Link([MarshalAs(UnmanagedType.LPUTF8Str)] string from, [MarshalAs(UnmanagedType.LPUTF8Str)] string to);
}
