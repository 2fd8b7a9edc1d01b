"""OpenStack Swift with its S3 API in one process: proxy, account, container and object server, one disk, no replicas.

Everything lies under the folder given as the first argument, from one start to the next; S3_KEY, S3_SECRET and S3_REGION are what a
client must sign with. Listens on 127.0.0.1, on the port of the second argument or a free one, and prints it; ends when its standard
input does.
"""

import os
import sys

folder = sys.argv[1]

import eventlet
import eventlet.tpool
import eventlet.wsgi
from swift.common import utils

# the folder's configuration, not the machine's; before anything else of Swift is imported
with open(os.path.join(folder, 'swift.conf'), 'w') as conf:
    conf.write('[swift-hash]\nswift_hash_path_prefix = test\nswift_hash_path_suffix = test\n')
    conf.write('[storage-policy:0]\nname = only\ndefault = yes\n')
utils.set_swift_dir(folder)

from swift.common import wsgi
from swift.common.middleware.s3api.controllers import multi_upload
from swift.common.ring import RingBuilder

utils.eventlet_monkey_patch()
# unfinished uploads on one page of the list; 1000 would take a test minutes to fill
multi_upload.DEFAULT_MAX_UPLOADS = 3

SERVER = """[DEFAULT]
swift_dir = {folder}
devices = {folder}/disks
mount_check = false
fallocate_reserve = 0
disable_fallocate = true
log_address = {folder}/no-log
[pipeline:main]
pipeline = {kind}
[app:{kind}]
use = egg:swift#{kind}
"""

# the order that Swift's own proxy-server.conf-sample gives for s3api with tempauth
PROXY = """[DEFAULT]
swift_dir = {folder}
log_address = {folder}/no-log
[pipeline:main]
pipeline = catch_errors gatekeeper healthcheck cache listing_formats bulk s3api tempauth slo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
node_timeout = 30
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:healthcheck]
use = egg:swift#healthcheck
# nothing listens there: nothing is remembered from one request to the next
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:1
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:bulk]
use = egg:swift#bulk
[filter:s3api]
use = egg:swift#s3api
location = {region}
s3_acl = false
[filter:tempauth]
use = egg:swift#tempauth
user_{account}_{user} = {secret} .admin
[filter:slo]
use = egg:swift#slo
"""


def listen(port=0):
    return eventlet.listen(('127.0.0.1', port))


def serve(listener, kind, text):
    path = os.path.join(folder, kind + '.conf')
    with open(path, 'w') as conf:
        conf.write(text)
    app = wsgi.loadapp(path, global_conf={'log_name': kind})
    eventlet.spawn(
        eventlet.wsgi.server,
        listener,
        app,
        wsgi.NullLogger(),
        protocol=wsgi.SwiftHttpProtocol,
        # the SDK wants ETag, which this would make Etag
        capitalize_response_headers=False,
    )


os.makedirs(os.path.join(folder, 'disks', 'disk'), exist_ok=True)
for kind in ('account', 'container', 'object'):
    listener = listen()
    builder = RingBuilder(2, 1, 0)
    builder.add_dev(
        {'id': 0, 'region': 1, 'zone': 1, 'weight': 1, 'ip': '127.0.0.1', 'port': listener.getsockname()[1], 'device': 'disk'}
    )
    builder.rebalance()
    builder.get_ring().save(os.path.join(folder, kind + '.ring.gz'))
    serve(listener, kind, SERVER.format(folder=folder, kind=kind))

account, user = os.environ['S3_KEY'].split(':')
proxy = listen(int(sys.argv[2]) if len(sys.argv) > 2 else 0)
serve(
    proxy,
    'proxy',
    PROXY.format(folder=folder, region=os.environ['S3_REGION'], account=account, user=user, secret=os.environ['S3_SECRET']),
)
print(proxy.getsockname()[1], flush=True)
while eventlet.tpool.execute(os.read, 0, 1):
    pass
