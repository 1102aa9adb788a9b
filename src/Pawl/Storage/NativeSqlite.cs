using System.Reflection;
using System.Runtime.InteropServices;
using SQLitePCL;

namespace Pawl.Storage;

/// <summary>
/// Loads the operating system's SQLite, so that its security fixes come with the system; where there is none, or one older than 3.35,
/// the library that is bundled (3.35.5).
/// </summary>
internal static class NativeSqlite
{
    private static readonly Lock Once = new();
    private static bool s_loaded;

    /// <summary>Where the library in use comes from: <c>operating system</c> or <c>bundled</c>.</summary>
    public static string Origin { get; private set; } = "";

    public static void Load()
    {
        lock (Once)
        {
            if (s_loaded) return;
            NativeLibrary.SetDllImportResolver(typeof(SQLite3Provider_e_sqlite3).Assembly, Resolve);
            raw.SetProvider(new SQLite3Provider_e_sqlite3());
            raw.FreezeProvider();
            s_loaded = true;
        }
    }

    private static IntPtr Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        string[] system = OperatingSystem.IsWindows() ? ["winsqlite3.dll"]
            : OperatingSystem.IsMacOS() ? ["libsqlite3.dylib"]
            : ["libsqlite3.so.0"];
        foreach (var candidate in system)
        {
            if (!NativeLibrary.TryLoad(candidate, out var handle)) continue;
            if (IsRecent(handle))
            {
                Origin = "operating system";
                return handle;
            }

            NativeLibrary.Free(handle);
        }

        Origin = "bundled";
        return NativeLibrary.TryLoad(name, assembly, path, out var bundled) ? bundled : IntPtr.Zero;
    }

    // RETURNING and the upserts that the store uses came with 3.35.
    private static bool IsRecent(IntPtr library) =>
        NativeLibrary.TryGetExport(library, "sqlite3_libversion_number", out var version)
        && Marshal.GetDelegateForFunctionPointer<VersionNumber>(version)() >= 3_035_000;

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int VersionNumber();
}
