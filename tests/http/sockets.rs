//! Only this user can access the private socket and its folder.

use rustix::process::Uid;
use rustix::thread::set_thread_res_uid;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use podbay::http::control::Done;
use podbay::http::{client, socket};

use super::{Podbay, folder};

#[tokio::test]
async fn sockets_are_private_found_and_cleared_away() {
    let folder = folder("socket");
    let socket = socket::bind(&folder).unwrap();
    assert_eq!(folder.metadata().unwrap().permissions().mode() & 0o777, 0o700);
    let dead = folder.join("1.sock");
    drop(std::os::unix::net::UnixListener::bind(&dead).unwrap());
    let running = socket::running(&folder).unwrap();
    assert_eq!(running, [folder.join(format!("{}.sock", std::process::id()))]);
    assert!(!dead.exists(), "what a killed podbay left is taken away");
    drop(socket);
    assert!(!running[0].exists());

    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o777)).unwrap();
    let error = socket::bind(&folder).unwrap_err().to_string();
    assert!(
        error.contains("other users can access") && error.contains(&*folder.to_string_lossy()),
        "{error}"
    );
    let error = socket::running(&folder).unwrap_err().to_string();
    assert!(
        error.contains(&format!("chmod 700 {}", folder.display())),
        "{error}"
    );
    std::fs::remove_dir_all(&folder).unwrap();

    assert!(socket::running(&folder).unwrap().is_empty());
    std::os::unix::fs::symlink("/", &folder).unwrap();
    let errors = [
        socket::running(&folder).unwrap_err().to_string(),
        socket::bind(&folder).unwrap_err().to_string(),
    ];
    for error in errors {
        assert!(
            error.contains("is not a folder") && error.contains("XDG_RUNTIME_DIR"),
            "{error}"
        );
    }
    std::fs::remove_file(folder).unwrap();
}

/// Runs `work` as a user that is neither this one nor root.
fn as_stranger<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    let stranger = || {
        // Changes only this thread, which ends with the work.
        let user = Uid::from_raw(STRANGER);
        set_thread_res_uid(user, user, user).unwrap();
        work()
    };
    std::thread::scope(|scope| scope.spawn(stranger).join().unwrap())
}

const STRANGER: u32 = 12345;

#[test]
#[ignore = "needs root"]
fn a_folder_that_another_user_made_is_not_trusted() {
    let folder = folder("foreign");
    std::fs::create_dir(&folder).unwrap();
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o700)).unwrap();
    std::os::unix::fs::chown(&folder, Some(STRANGER), None).unwrap();
    let errors = [
        socket::running(&folder).unwrap_err().to_string(),
        socket::bind(&folder).unwrap_err().to_string(),
    ];
    std::fs::remove_dir_all(&folder).unwrap();
    let expected = format!(
        "the folder {} for podbay's sockets belongs to user 12345, not to you (user 0): remove it, or set XDG_RUNTIME_DIR \
         to a folder of your own",
        folder.display()
    );
    assert_eq!(errors, [expected.clone(), expected]);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs root"]
async fn both_ends_of_a_socket_look_who_the_other_is() {
    let podbay = Podbay::start("peer");
    let open = |path: &Path| std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o777)).unwrap();
    open(&podbay.folder);
    open(&podbay.path);
    let heard = as_stranger(|| {
        let mut stream = std::os::unix::net::UnixStream::connect(&podbay.path).unwrap();
        let mut reply = Vec::new();
        // podbay may already have closed it
        let _ = stream.write_all(b"GET /cluster HTTP/1.0\r\n\r\n");
        let _ = stream.read_to_end(&mut reply);
        String::from_utf8(reply).unwrap()
    });
    assert_eq!(heard, "");
    assert_eq!(podbay.get("/livez").await, (200, "ok\n".to_owned()));

    let theirs = podbay.folder.join("1.sock");
    let _listener = as_stranger(|| std::os::unix::net::UnixListener::bind(&theirs).unwrap());
    let error = client::get::<Done>(&theirs, "/cluster")
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("1.sock") && error.contains("the process there belongs to user 12345"),
        "{error}"
    );
}
