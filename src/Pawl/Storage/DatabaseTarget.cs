using System.Data.Common;
using System.Globalization;
using System.Net.Sockets;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Pawl.Storage;

/// <summary>Which database, how to open it, and what its errors mean to a person.</summary>
internal sealed class DatabaseTarget
{
    private const int SharedMemoryNotExtended = 4874; // SQLITE_IOERR_SHMSIZE: what a full disk is called while the file is being opened

    // https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS: those that Npgsql has under another name
    private static readonly Dictionary<string, string> OfLibpq = new(StringComparer.Ordinal)
    {
        ["user"] = "Username",
        ["dbname"] = "Database",
        ["application_name"] = "Application Name",
        ["connect_timeout"] = "Timeout",
        ["client_encoding"] = "Client Encoding",
        ["target_session_attrs"] = "Target Session Attributes",
        ["channel_binding"] = "Channel Binding",
        ["require_auth"] = "Require Auth",
        ["gssencmode"] = "GSS Encryption Mode",
        ["krbsrvname"] = "Kerberos Service Name",
        ["load_balance_hosts"] = "Load Balance Hosts",
        ["keepalives"] = "TCP Keepalive",
        ["keepalives_idle"] = "TCP Keepalive Time",
        ["keepalives_interval"] = "TCP Keepalive Interval",
        ["sslnegotiation"] = "SSL Negotiation",
        ["sslrootcert"] = "Root Certificate",
        ["sslcert"] = "SSL Certificate",
        ["sslkey"] = "SSL Key",
        ["sslpassword"] = "SSL Password",
    };

    private readonly string? _path;
    private readonly string _connection;

    private DatabaseTarget(string? path, string connection, string identity, string shown) =>
        (_path, _connection, Identity, Shown) = (path, connection, identity, shown);

    public string Identity { get; }

    /// <summary>As people may see it: no password.</summary>
    public string Shown { get; }

    public bool IsPostgres => _path is null;

    /// <summary>The SQLite file; null for PostgreSQL.</summary>
    public string? SqliteFile => _path;

    public bool IsMissingFile => _path is { } path && !File.Exists(path);

    public static DatabaseTarget Parse(string where)
    {
        if (string.IsNullOrWhiteSpace(where)) throw new BadInputException("No database is named. Give a path or a PostgreSQL connection string.");
        if (where.StartsWith("postgres://", StringComparison.Ordinal) || where.StartsWith("postgresql://", StringComparison.Ordinal))
            return Postgres(FromUrl(where));
        if (where.Contains('=', StringComparison.Ordinal) && !Path.IsPathRooted(where) && !File.Exists(where))
        {
            try
            {
                var parts = new DbConnectionStringBuilder { ConnectionString = where };
                if (parts.ContainsKey("Host") || parts.ContainsKey("Server")) return Postgres(new NpgsqlConnectionStringBuilder(where));
                if (parts.TryGetValue("Data Source", out var source)) return Sqlite((string)source);
            }
            catch (ArgumentException e)
            {
                throw new BadInputException($"The database's connection string cannot be read: {e.Message}", e);
            }
        }

        return Sqlite(where);
    }

    public DbSession OpenForReading()
    {
        ExpectNoDirectory();
        if (_path is { } path && !File.Exists(path))
            throw new UnavailableException($"There is no database at {path} yet. Record or import a run, make a flag with `pawl flag create`, or ingest events with `pawl metrics ingest`; or name another one with --db or $PAWL_DB.");
        var session = Connect(readOnly: true);
        try
        {
            Migrations.Expect(session, Shown);
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    public DbSession OpenForWriting()
    {
        ExpectNoDirectory();
        if (_path is { } path && Path.GetDirectoryName(path) is { Length: > 0 } folder) Directory.CreateDirectory(folder);
        var session = Connect(readOnly: false);
        try
        {
            Migrations.Recognise(session, Shown);
            if (!IsPostgres) LogAhead(session);
            Migrations.Apply(session, Shown);
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>The failure in words, or null where it is none of the database's.</summary>
    public Exception? Translated(Exception e) => e switch
    {
        SqliteException sqlite => Translated(sqlite),
        PostgresException postgres => Translated(postgres),
        NpgsqlException or SocketException or TimeoutException => Unavailable($"The database {Shown} cannot be reached: {e.Message}", e),
        UnauthorizedAccessException or IOException => Unavailable($"The database {Shown} cannot be opened: {e.Message}", e),
        _ => null,
    };

    private void ExpectNoDirectory()
    {
        if (Directory.Exists(_path)) throw new BadInputException($"{_path} is a directory, not a database. Name a file with --db or $PAWL_DB.");
    }

    private UnavailableException Unavailable(string message, Exception e) => new(message, e);

    private Exception? Translated(SqliteException e) => e.SqliteErrorCode switch
    {
        5 or 6 => Unavailable($"The database {Shown} is locked: another process has been writing for more than five seconds. Try again.", e),
        8 => Unavailable($"The database {Shown} is read-only. Make the file and its folder writable, or name another one with --db.", e),
        10 when e.SqliteExtendedErrorCode == SharedMemoryNotExtended => Full(e),
        10 => Unavailable($"Reading or writing the database {Shown} failed: {e.Message.TrimEnd('.')}. Look at the disk.", e),
        13 => Full(e),
        14 => Unavailable($"The database {Shown} cannot be opened. Is it a file in a folder that this user may write to?", e),
        26 => new BadInputException($"{Shown} is not a SQLite database. Name another file with --db.", e),
        11 => Unavailable($"The database {Shown} is damaged: {e.Message.TrimEnd('.')}. Restore it from a backup; `sqlite3 FILE .recover` may save the rest.", e),
        _ => null,
    };

    private UnavailableException Full(SqliteException e) =>
        Unavailable($"The disk that holds the database {Shown} is full. Nothing was written; make room and try again.", e);

    private Exception? Translated(PostgresException e) => e.SqlState switch
    {
        "25006" => Unavailable($"The database {Shown} is read-only now. Name one that can be written to.", e),
        "3D000" => Unavailable($"The server has no database {Shown}. Create it first: createdb NAME.", e),
        "28P01" or "28000" => Unavailable($"The server refused the user or password for {Shown}.", e),
        "55P03" or "57014" => Unavailable($"The database {Shown} is locked by somebody else. Try again.", e),
        "53100" => Unavailable($"The disk of the database {Shown} is full. Nothing was written.", e),
        _ when e.SqlState.StartsWith("53", StringComparison.Ordinal) || e.SqlState.StartsWith("57", StringComparison.Ordinal)
            || e.SqlState.StartsWith("08", StringComparison.Ordinal) => Unavailable($"The database {Shown} is not available: {e.MessageText.TrimEnd('.')}.", e),
        "42501" => Unavailable($"The user may not do this in {Shown}: {e.MessageText.TrimEnd('.')}.", e),
        _ => null,
    };

    private DbSession Connect(bool readOnly)
    {
        if (_path is null)
        {
            var postgres = new NpgsqlConnection(_connection);
            postgres.Open();
            return new DbSession(postgres, isPostgres: true);
        }

        NativeSqlite.Load();
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = _path,
            Pooling = false, // sessions are kept here, and closing one is meant
            Mode = readOnly ? SqliteOpenMode.ReadOnly : SqliteOpenMode.ReadWriteCreate,
        }.ConnectionString);
        connection.DefaultTimeout = 4; // seconds of trying anew; shorter than SQLite's own waiting of five, or that would be waited twice
        connection.Open();
        var session = new DbSession(connection, isPostgres: false);
        try
        {
            session.Execute("pragma busy_timeout = 5000");
            session.Execute("pragma cache_size = -32000");
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    // The journal's mode is written into the file, which must be ours by then.
    private static void LogAhead(DbSession session)
    {
        session.Execute("pragma journal_mode = wal");
        session.Execute("pragma synchronous = full");
        session.Execute("pragma wal_autocheckpoint = 4000");
    }

    private static DatabaseTarget Sqlite(string path)
    {
        var full = Path.GetFullPath(path);
        return new DatabaseTarget(full, "", "sqlite:" + full, full);
    }

    private static DatabaseTarget Postgres(NpgsqlConnectionStringBuilder settings)
    {
        settings.ApplicationName ??= "pawl";
        settings.Options ??= "-c lock_timeout=5000"; // as long as a SQLite file is waited for
        settings.CommandTimeout = 60;
        if (settings.MaxAutoPrepare == 0) settings.MaxAutoPrepare = 200;
        var shown = string.Create(CultureInfo.InvariantCulture, $"postgres://{settings.Host}:{settings.Port}/{settings.Database ?? settings.Username}");
        return new DatabaseTarget(null, settings.ConnectionString, shown, shown);
    }

    /// <summary>The settings in an address as libpq reads it, with its query.</summary>
    internal static NpgsqlConnectionStringBuilder FromUrl(string url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri)) throw Unreadable();
        var user = uri.UserInfo.Split(':', 2);
        var settings = new NpgsqlConnectionStringBuilder
        {
            Host = uri.Host.Length > 0 ? uri.Host : null,
            Port = uri.Port > 0 ? uri.Port : 5432,
            Database = Uri.UnescapeDataString(uri.AbsolutePath.TrimStart('/')) is { Length: > 0 } name ? name : null,
            Username = user[0].Length > 0 ? Uri.UnescapeDataString(user[0]) : null,
            Password = user.Length > 1 ? Uri.UnescapeDataString(user[1]) : null,
        };
        foreach (var part in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var pair = part.Split('=', 2);
            Set(settings, Uri.UnescapeDataString(pair[0]), pair.Length > 1 ? Uri.UnescapeDataString(pair[1]) : "");
        }

        if (string.IsNullOrEmpty(settings.Host)) throw Unreadable();
        // libpq verifies as soon as it has a root certificate; Npgsql would not look at it.
        if (settings is { SslMode: SslMode.Require, RootCertificate: not null }) settings.SslMode = SslMode.VerifyCA;
        return settings;
    }

    private static BadInputException Unreadable() =>
        new("The PostgreSQL address cannot be read. It looks like postgres://user:password@host:5432/database.");

    private static void Set(NpgsqlConnectionStringBuilder settings, string key, string value)
    {
        var (name, own) = (key, value) switch
        {
            ("sslmode", _) => ("SSL Mode", value.Replace("-", "", StringComparison.Ordinal)),
            ("ssl", "true") => ("SSL Mode", "Require"), // JDBC's, which libpq takes too
            ("sslrootcert", "system") => ("SSL Mode", "VerifyFull"), // the system's roots are what Npgsql trusts without a file
            ("load_balance_hosts", "random") => ("Load Balance Hosts", "true"),
            ("load_balance_hosts", "disable") => ("Load Balance Hosts", "false"),
            ("keepalives", "1") => ("TCP Keepalive", "true"),
            ("keepalives", "0") => ("TCP Keepalive", "false"),
            _ => (OfLibpq.GetValueOrDefault(key, key), value),
        };
        if (!settings.ContainsKey(name))
            throw new BadInputException($"The PostgreSQL address sets {key}, which is unknown. Take it out, or use libpq's or Npgsql's name for it, such as sslmode.");
        try
        {
            settings[name] = own.Length > 0 ? own : throw new ArgumentException("It has no value.", key);
            if (!Enum.IsDefined(settings.SslMode)) throw new ArgumentException("There is no such mode.", key);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidCastException or OverflowException)
        {
            throw new BadInputException($"The PostgreSQL address sets {key} to a value that cannot be used. Correct it or take it out.", e);
        }
    }
}
